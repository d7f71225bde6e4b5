"""The API in this process, on the test's own database, with an administrator's key."""

from collections.abc import AsyncIterator

import httpx2
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from api.app import create_app
from runtime.settings import Settings

ADMIN_KEY = "podium_admin-key-of-the-tests"


@pytest.fixture
def api_settings(settings: Settings) -> Settings:
    """Return the test's settings with a known administrator key."""
    return settings.model_copy(update={"admin_key": SecretStr(ADMIN_KEY), "trusted_hosts": ("podium.test",)})


@pytest.fixture(scope="session")
def routes() -> FastAPI:
    """Return an application without connections: it is the same for all tests, and slow at its first requests."""
    return create_app(Settings())


@pytest.fixture
async def app(routes: FastAPI, api_settings: Settings) -> AsyncIterator[FastAPI]:
    """Return the application, connected as this test's settings say."""
    routes.state.settings = api_settings
    async with routes.router.lifespan_context(routes):
        yield routes


@pytest.fixture
async def anonymous(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://podium.test") as client:
        yield client


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    """Return a client that sends the administrator's key."""
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    headers = {"Authorization": f"Bearer {ADMIN_KEY}"}
    async with httpx2.AsyncClient(transport=transport, base_url="http://podium.test", headers=headers) as client:
        yield client
