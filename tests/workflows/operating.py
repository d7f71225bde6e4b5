"""The actions of an operator and of the sweep on a backend: the API in this process, and a pass of the sweep."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import httpx2
from fastapi import FastAPI
from pydantic import SecretStr
from temporalio.testing import ActivityEnvironment

from activities.sweep.sweep import SweepActivities
from api.app import create_app
from tests.support.backend import Backend

KEY = "podium_admin-key-of-the-tests"


@asynccontextmanager
async def api(backend: Backend) -> AsyncIterator[httpx2.AsyncClient]:
    app: FastAPI = create_app(
        backend.settings.model_copy(update={"admin_key": SecretStr(KEY), "trusted_hosts": ("podium.test",)})
    )
    async with AsyncExitStack() as resources:
        await resources.enter_async_context(app.router.lifespan_context(app))
        transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
        headers = {"Authorization": f"Bearer {KEY}"}
        yield await resources.enter_async_context(
            httpx2.AsyncClient(transport=transport, base_url="http://podium.test", headers=headers)
        )


async def sweep(backend: Backend) -> None:
    await ActivityEnvironment().run(SweepActivities(backend.sessions, backend.client).sweep_runs)
