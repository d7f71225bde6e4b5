"""The nearest peer of `bench/fire.py`: what Temporal itself costs, with FastAPI in front and two rows written a run.

`POST /ordinary` starts a workflow with one ordinary activity, `POST /local` one with a local activity by eager start,
`POST /parent` one with child workflows, `POST /insert` only inserts a row. Arguments: port, address of Temporal, URL of
PostgreSQL.
"""

import asyncio
import sys
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import uvicorn
from fastapi import FastAPI
from psycopg_pool import AsyncConnectionPool
from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from bench.peers.writing import write

QUEUE = "raw"
_TIMEOUT = timedelta(seconds=30)


class Writing:
    """The activity: one row inserted, and updated in a second transaction."""

    def __init__(self, pool: AsyncConnectionPool) -> None:
        self.pool = pool

    @activity.defn(name="write")
    async def write(self, run_id: str, way: str) -> None:
        await write(self.pool, run_id, way)


@workflow.defn(name="ordinary")
class Ordinary:
    """A workflow with one ordinary activity."""

    @workflow.run
    async def run(self, run_id: str) -> None:
        await workflow.execute_activity("write", args=[run_id, "ordinary"], start_to_close_timeout=_TIMEOUT)


@workflow.defn(name="local")
class Local:
    """A workflow with one local activity."""

    @workflow.run
    async def run(self, run_id: str) -> None:
        await workflow.execute_local_activity("write", args=[run_id, "local"], start_to_close_timeout=_TIMEOUT)


@workflow.defn(name="parent")
class Parent:
    """A workflow with child workflows, so many at once."""

    @workflow.run
    async def run(self, run_id: str, children: int, at_once: int) -> None:
        places = asyncio.Semaphore(at_once)

        async def child() -> None:
            async with places:
                await workflow.execute_child_workflow("child", str(workflow.uuid4()))

        await asyncio.gather(*(child() for _ in range(children)))
        await workflow.execute_activity("write", args=[run_id, "parent"], start_to_close_timeout=_TIMEOUT)


@workflow.defn(name="child")
class Child:
    """A child workflow with one ordinary activity."""

    @workflow.run
    async def run(self, run_id: str) -> None:
        await workflow.execute_activity("write", args=[run_id, "child"], start_to_close_timeout=_TIMEOUT)


def application(temporal_address: str, database: str) -> FastAPI:
    """Build the application, which runs the worker in its own process."""

    @asynccontextmanager
    async def running(app: FastAPI) -> AsyncIterator[None]:
        client = await Client.connect(temporal_address)
        async with AsyncConnectionPool(database, min_size=4, max_size=20, kwargs={"autocommit": True}) as pool:
            app.state.client, app.state.pool = client, pool
            async with Worker(
                client,
                task_queue=QUEUE,
                workflows=[Ordinary, Local, Parent, Child],
                activities=[Writing(pool).write],
                workflow_runner=UnsandboxedWorkflowRunner(),
            ):
                yield

    app = FastAPI(lifespan=running)
    app.post("/ordinary", status_code=202)(_starting(app, "ordinary", eager=False))
    app.post("/local", status_code=202)(_starting(app, "local", eager=True))

    @app.post("/parent", status_code=202)
    async def parent(children: int, at_once: int) -> dict[str, str]:
        run_id = str(uuid.uuid4())
        given = [run_id, children, at_once]
        await app.state.client.start_workflow("parent", args=given, id=f"raw:{run_id}", task_queue=QUEUE)
        return {"id": run_id}

    @app.post("/insert", status_code=202)
    async def insert(body: dict[str, Any]) -> dict[str, str]:
        run_id = str(uuid.uuid4())
        async with app.state.pool.connection() as connection:
            statement = "INSERT INTO raw_runs (id, way, payload, finished_at) VALUES (%s, 'insert', %s, now())"
            await connection.execute(statement, (run_id, str(body)))
        return {"id": run_id}

    return app


def _starting(app: FastAPI, name: str, *, eager: bool) -> Callable[[dict[str, Any]], Any]:
    async def start(body: dict[str, Any]) -> dict[str, str]:
        run_id = str(uuid.uuid4())
        await app.state.client.start_workflow(
            name, run_id, id=f"raw:{run_id}", task_queue=QUEUE, request_eager_start=eager
        )
        return {"id": run_id}

    return start


if __name__ == "__main__":
    port, address, url = sys.argv[1:]
    uvicorn.run(application(address, url), host="127.0.0.1", port=int(port), access_log=False, log_level="warning")
