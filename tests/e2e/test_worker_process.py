"""The worker process: what makes it stop by itself, and that it always stops."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr
from temporalio.client import Client

from api.app import create_app
from models import names
from runtime.processes.embedded.spawning import guarded
from runtime.settings import Settings
from runtime.temporal.connection import connect_patiently
from tests.support.servers import running_temporal

ROOT = Path(__file__).parents[2]
OLD, NEW = "the-old-key-of-the-installation", "the-new-key-of-the-installation"
IMPATIENT = "import worker, runtime.installation_check as check; check.WATCH_SECONDS = 0.2; worker.main()"
HANGING = """
import time
from datetime import timedelta
from temporalio import workflow
import worker

@workflow.defn(name="hanging")
class Hanging:
    @workflow.run
    async def run(self) -> None:
        print("it hangs", flush=True)
        time.sleep(1000)

worker.WORKFLOWS = (*worker.WORKFLOWS, Hanging)
worker.SHUTDOWN_GRACE = timedelta(seconds=1)
worker.STOP_MARGIN_SECONDS = 1.0
worker.main()
"""


@pytest.fixture
def settings(database: str, own_temporal: int, tmp_path: Path) -> Settings:
    return Settings(
        home=tmp_path / "home", database_url=database, temporal_port=own_temporal, secret_key=SecretStr(OLD)
    )


@pytest.fixture(scope="module")
def own_temporal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Run a Temporal server whose task queues no worker of another test polls."""
    with running_temporal(tmp_path_factory.mktemp("temporal")) as port:
        yield port


class WorkerProcess:
    """A worker that runs a script, and its log."""

    def __init__(self, process: "subprocess.Popen[bytes]", log: Path) -> None:
        self.process = process
        self.log = log

    def wait_for(self, pattern: str, seconds: float = 40) -> None:
        deadline = time.monotonic() + seconds
        while not re.search(pattern, self.log.read_text()):
            assert time.monotonic() < deadline, f"{pattern!r} is not in:\n{self.log.read_text()[-6000:]}"
            assert self.process.poll() is None, self.log.read_text()[-6000:]
            time.sleep(0.05)


@contextmanager
def worker_process(settings: Settings, script: str) -> Iterator[WorkerProcess]:
    home = settings.home
    home.mkdir(exist_ok=True)
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PODIUM_HOME": str(home),
        "PODIUM_DATABASE_URL": settings.database_url or "",
        "PODIUM_SECRET_KEY": OLD,
        "PODIUM_TEMPORAL_PORT": str(settings.temporal_port),
    }
    log = home / "worker.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            guarded((sys.executable, "-P", "-c", script)), env=environment, cwd=home, stdout=output, stderr=output
        )
    try:
        yield WorkerProcess(process, log)
    finally:
        process.kill()
        process.wait()


@pytest.mark.long
async def test_a_worker_stops_when_a_key_is_rotated_that_it_does_not_have(settings: Settings) -> None:
    with worker_process(settings, IMPATIENT) as worker:
        worker.wait_for("worker ready")
        app = create_app(settings.model_copy(update={"secret_key": SecretStr(f"{NEW},{OLD}")}))
        async with app.router.lifespan_context(app):
            pass
        assert worker.process.wait(timeout=30) == 1
        assert re.search(r"the worker stops .*secret key with the fingerprint", worker.log.read_text())
        assert "worker stopped" in worker.log.read_text()


async def test_a_worker_whose_workflow_code_hangs_exits_after_its_grace_period(settings: Settings) -> None:
    client: Client = await connect_patiently(settings)
    with worker_process(settings, HANGING) as worker:
        worker.wait_for("worker ready")
        await client.start_workflow("hanging", id="hanging", task_queue=names.TASK_QUEUE)
        worker.wait_for("it hangs")
        worker.process.send_signal(signal.SIGTERM)
        assert worker.process.wait(timeout=20) == 1
        assert "the worker did not stop within its grace period; exiting" in worker.log.read_text()
