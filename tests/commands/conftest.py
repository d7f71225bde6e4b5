"""The `podium` command against a real API on loopback with the test's own database."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import uvicorn
from pydantic import SecretStr
from structlog.testing import capture_logs
from typer.testing import CliRunner, Result

from api.app import create_app
from cli import app
from models.errors import PodiumError
from runtime.processes.embedded.postgres import EmbeddedPostgres
from runtime.processes.embedded.spawning import free_port
from runtime.settings import Settings
from tests.support.databases import Databases
from tests.support.servers import libpq_url

KEY = "podium_the-key-of-the-tests"
# The same for all tests, so that each can read the secrets of the demo's database.
SECRET_KEY = "the-secret-key-of-the-tests"

Podium = Callable[..., Result]

with_demo = pytest.mark.parametrize("database", ["demo"], indirect=True)
"""The test's database is a copy of one into which the demo was loaded, which takes a tenth of the time."""


@pytest.fixture
def database(request: pytest.FixtureRequest, postgres: EmbeddedPostgres, databases: Databases) -> Iterator[str]:
    """Return the URL of the test's own database: an empty one, or with the demo (`with_demo`)."""
    if getattr(request, "param", None) == "demo":
        name = databases.new(template=request.getfixturevalue("demo_database"))
        yield postgres.url(name)
        databases.drop(name)
    else:
        name = databases.take()
        yield postgres.url(name)
        databases.give_back(name)


@pytest.fixture(scope="session")
def demo_database(
    postgres: EmbeddedPostgres, databases: Databases, temporal_port: int, tmp_path_factory: pytest.TempPathFactory
) -> str:
    """Load the demo once; return the name of its database."""
    name = databases.new()
    home: Path = tmp_path_factory.mktemp("demo") / "home"
    with serving(Settings(home=home, database_url=postgres.url(name), temporal_port=temporal_port)):
        run("demo")
    # What a worker does meanwhile; none is running. Half a minute later the schedules would count as drifted.
    with psycopg.connect(libpq_url(postgres.url(name))) as connection:
        connection.execute("UPDATE automations SET synced_revision = revision")
    return name


@pytest.fixture
def server(settings: Settings) -> Iterator[Settings]:
    """Run the API on the test's database."""
    with serving(settings) as served:
        yield served


@pytest.fixture
def podium(server: Settings) -> Podium:
    """Return the command. The exception of a failed command is in the result; `cli.main` would print it."""
    return run


@contextmanager
def serving(settings: Settings) -> Iterator[Settings]:
    """Serve the API from a thread and point the command at it by environment variables, until the block ends."""
    settings = settings.model_copy(
        update={"port": free_port(), "admin_key": SecretStr(KEY), "secret_key": SecretStr(SECRET_KEY)}
    )
    config = uvicorn.Config(create_app(settings), host="127.0.0.1", port=settings.port, log_config=None)
    served = uvicorn.Server(config)
    # CliRunner captures everything this process prints; the API's log must not become output of the command.
    with capture_logs(), pytest.MonkeyPatch.context() as environment:
        thread = threading.Thread(target=served.run)
        thread.start()
        deadline = time.monotonic() + 30
        while not served.started and time.monotonic() < deadline:
            time.sleep(0.01)
        environment.setenv("PODIUM_URL", f"http://127.0.0.1:{settings.port}")
        environment.setenv("PODIUM_API_KEY", KEY)
        environment.setenv("PODIUM_SECRET_KEY", SECRET_KEY)
        environment.setenv("PODIUM_HOME", str(settings.home))
        environment.setenv("PODIUM_DATABASE_URL", settings.database_url or "")
        yield settings
        served.should_exit = True
        thread.join(timeout=20)


def run(*words: str, fails: bool = False) -> Result:
    result = CliRunner().invoke(app, [str(word) for word in words])
    if not fails and result.exception is not None:
        error = result.exception
        told = error.detail if isinstance(error, PodiumError) else repr(error)
        raise AssertionError(f"{told}\n{result.output}") from error
    return result
