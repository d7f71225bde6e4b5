"""Builds the FastAPI application: state, error handler, middleware and routes, and nothing else."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from datetime import UTC, datetime

import structlog
from fastapi import FastAPI
from fastapi.routing import APIRoute
from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
from sqlalchemy.exc import DBAPIError
from temporalio.client import Client

from api.firing.temporal_starter import Starter
from api.http import errors, openapi
from api.http import static_page as page
from api.http.middleware import BodyLimit, RequestContext
from api.lists.event_stream import Feed
from api.routing import ROUTERS
from api.state import State
from models.errors import DatabaseUnavailable
from models.rules.storable import stored_json
from models.store.governance.keys import ensure_admin_key
from models.store.live_list.board import Board, refresh_board
from models.store.outlook.portfolio import RosterCache
from runtime.database import create_engine, session_factory, transaction
from runtime.secrets import secrets_keyring
from runtime.settings import Settings, read_settings
from runtime.signin import admin_key
from runtime.telemetry import tracing_is_on
from runtime.temporal import connect, connect_patiently

log = structlog.get_logger(__name__)

SEED_AGAIN_SECONDS = 1.0


Beside = Callable[[Client, Settings], AbstractAsyncContextManager[None]]
"""What runs in the API's process on the same Temporal client: a worker, so that runs start eagerly."""


def create_app(settings: Settings | None = None, *, beside: Beside | None = None) -> FastAPI:
    """Make the application; it opens connections when it starts, and starts without PostgreSQL and Temporal.

    With something `beside` it, it waits for Temporal before it starts.
    """
    settings = settings or read_settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with _running(settings, beside) as state:
            app.state.podium = state
            yield

    app = FastAPI(
        title="Podium",
        version="0.1.0",
        summary="One durable place from which agents, workflows, networks, campaigns and pulses are conducted.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        swagger_ui_oauth2_redirect_url=None,
        generate_unique_id_function=_operation_id,
    )
    errors.install(app)
    for router in ROUTERS:
        app.include_router(router, responses=errors.responses(422))
    page.install(app)
    openapi.install(app)
    app.add_middleware(BodyLimit, max_bytes=settings.max_payload_bytes)
    app.add_middleware(RequestContext)
    if tracing_is_on():
        FastAPIInstrumentor.instrument_app(
            app, excluded_urls="healthz,readyz,metrics", exclude_spans=["receive", "send"]
        )
    return app


@asynccontextmanager
async def _running(settings: Settings, beside: Beside | None) -> AsyncIterator[State]:
    engine = create_engine(settings, read_json=stored_json)
    temporal = await (connect_patiently(settings) if beside else connect(settings, lazy=True))
    sessions, board = session_factory(engine), Board()
    state = State(
        settings=settings,
        engine=engine,
        sessions=sessions,
        board=board,
        feed=Feed(engine, sessions, board),
        temporal=temporal,
        starter=Starter(temporal),
        keyring=secrets_keyring(settings),
        namespace=temporal.namespace,
        rosters=RosterCache(),
    )
    seeding = None if await _seed(state) else asyncio.create_task(_seed_patiently(state))
    warming = asyncio.create_task(_warm(state))
    try:
        async with beside(temporal, settings) if beside else nullcontext():
            yield state
    finally:
        warming.cancel()
        await asyncio.gather(warming, return_exceptions=True)
        if seeding is not None:
            seeding.cancel()
            await asyncio.gather(seeding, return_exceptions=True)
        await state.feed.close()
        await state.starter.close()
        await engine.dispose()


async def _seed(state: State) -> bool:
    try:
        async with transaction(state.sessions) as session:
            await ensure_admin_key(session, admin_key(state.settings))
    except (DatabaseUnavailable, DBAPIError) as error:
        # PostgreSQL may be away, or its migrations may still be under way.
        log.warning("the administrator's key waits for the database", reason=str(error).partition("\n")[0])
        return False
    return True


async def _warm(state: State) -> None:
    """Read the board before anybody asks for it; whoever asks meanwhile waits for the same reading."""
    try:
        async with transaction(state.sessions) as session:
            await refresh_board(session, state.board, datetime.now(UTC))
    except (DatabaseUnavailable, DBAPIError) as error:
        log.info("the list is read when it is asked for", reason=str(error).partition("\n")[0])


async def _seed_patiently(state: State) -> None:
    seeded = False
    while not seeded:
        await asyncio.sleep(SEED_AGAIN_SECONDS)
        seeded = await _seed(state)


def _operation_id(route: APIRoute) -> str:
    return f"{route.tags[0]}-{route.name.replace('_', '-')}" if route.tags else route.name
