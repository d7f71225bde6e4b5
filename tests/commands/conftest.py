"""The `podium` command against a real API on loopback with the test's own database."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest
import uvicorn
from pydantic import SecretStr
from structlog.testing import capture_logs
from typer.testing import CliRunner, Result

from api.app import create_app
from cli import app
from models.errors import PodiumError
from runtime.processes.embedded.spawning import free_port
from runtime.settings import Settings

KEY = "podium_the-key-of-the-tests"

Podium = Callable[..., Result]


@pytest.fixture
def server(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Serve the API from a thread and point the command at it by environment variables."""
    settings = settings.model_copy(update={"port": free_port(), "admin_key": SecretStr(KEY)})
    config = uvicorn.Config(create_app(settings), host="127.0.0.1", port=settings.port, log_config=None)
    served = uvicorn.Server(config)
    # CliRunner captures everything this process prints; the API's log must not become output of the command.
    with capture_logs():
        thread = threading.Thread(target=served.run)
        thread.start()
        deadline = time.monotonic() + 30
        while not served.started and time.monotonic() < deadline:
            time.sleep(0.01)
        monkeypatch.setenv("PODIUM_URL", f"http://127.0.0.1:{settings.port}")
        monkeypatch.setenv("PODIUM_API_KEY", KEY)
        monkeypatch.setenv("PODIUM_HOME", str(settings.home))
        monkeypatch.setenv("PODIUM_DATABASE_URL", settings.database_url or "")
        yield settings
        served.should_exit = True
        thread.join(timeout=20)


@pytest.fixture
def podium(server: Settings) -> Podium:
    """Return the command. The exception of a failed command is in the result; `cli.main` would print it."""
    runner = CliRunner()

    def run(*words: str, fails: bool = False) -> Result:
        result = runner.invoke(app, [str(word) for word in words])
        if not fails and result.exception is not None:
            error = result.exception
            told = error.detail if isinstance(error, PodiumError) else repr(error)
            raise AssertionError(f"{told}\n{result.output}") from error
        return result

    return run
