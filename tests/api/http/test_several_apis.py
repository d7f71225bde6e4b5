"""Several APIs with one database: the administrator's key, and a secret key that is rotated."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx2
import pytest
import structlog
from pydantic import SecretStr

from api.app import create_app
from runtime import installation_check
from runtime.settings import Settings


@asynccontextmanager
async def started(settings: Settings, key: str) -> AsyncIterator[int]:
    """Start an API, and yield the status that it answers to this key."""
    app = create_app(settings)
    client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://podium.test")
    async with app.router.lifespan_context(app), client:
        yield (await client.get("/api/automations", headers={"Authorization": f"Bearer {key}"})).status_code


async def test_an_api_with_another_data_directory_leaves_the_administrators_key_alone(
    settings: Settings, tmp_path: Path
) -> None:
    first = settings.model_copy(update={"secret_key": SecretStr("k" * 16), "trusted_hosts": ("podium.test",)})
    async with started(first, "unknown"):
        key = (first.home / "admin-key").read_text().strip()
    second = first.model_copy(update={"home": tmp_path / "second"})
    with structlog.testing.capture_logs() as logs:
        async with started(second, key) as status:
            assert status == 200
    assert not (second.home / "admin-key").exists()
    assert [line["begins_with"] for line in logs if "administrator's key" in line["event"]] == [key[:6]]

    configured = first.model_copy(update={"admin_key": SecretStr("another-key-of-the-administrator")})
    async with started(configured, key) as status:
        assert status == 401, "a configured key replaces the one before"
    async with started(first, "another-key-of-the-administrator") as status:
        assert status == 200, "and a generated one does not come back by itself"
    async with started(first.model_copy(update={"admin_key": SecretStr(key)}), key) as status:
        assert status == 200, "only when it is configured again"


async def test_two_apis_that_start_together_make_one_administrator(settings: Settings, tmp_path: Path) -> None:
    first = settings.model_copy(update={"secret_key": SecretStr("k" * 16), "trusted_hosts": ("podium.test",)})
    second = first.model_copy(update={"home": tmp_path / "second"})
    async with AsyncExitStack() as running:
        await asyncio.gather(*(running.enter_async_context(started(one, "unknown")) for one in (first, second)))
    made = [home / "admin-key" for home in (first.home, second.home) if (home / "admin-key").exists()]
    assert len(made) == 1
    async with started(second, made[0].read_text().strip()) as status:
        assert status == 200


async def test_an_api_stops_when_a_key_is_rotated_that_it_does_not_have(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installation_check, "WATCH_SECONDS", 0.05)
    old = settings.model_copy(update={"secret_key": SecretStr("o" * 16), "trusted_hosts": ("podium.test",)})
    rotated = old.model_copy(update={"secret_key": SecretStr(f"{'n' * 16},{'o' * 16}")})
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stopped.set)
    try:
        with structlog.testing.capture_logs() as logs:
            async with started(old, "unknown"), started(rotated, "unknown"):
                await asyncio.wait_for(stopped.wait(), 10)
    finally:
        loop.remove_signal_handler(signal.SIGTERM)
    (line,) = [line for line in logs if line["event"] == "the API stops"]
    assert "this process has" in line["reason"]
