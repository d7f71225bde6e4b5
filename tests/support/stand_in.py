"""The dev stack with small stand-ins for Podium's programs, to test the supervisor alone.

`python -m tests.support.stand_in dev` runs the real supervisor, PostgreSQL and Temporal; its children are this file
again, as `migrate`, `worker` and `api`. `STAND_IN_FAILS=name` makes that child exit with code 3 at once, and
`STAND_IN_STUBBORN=worker` makes the worker ignore SIGTERM. `STAND_IN_PROBE_SECONDS` is the time between two checks of
a child. `STAND_IN_RESTART_READY_SECONDS` is the deadline to become ready once all have started; a restart should have
none. A file `unready` in the data directory fails `/readyz`.
"""

import asyncio
import os
import signal
import sys
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from unittest.mock import patch


class Healthy(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        unready = self.path == "/readyz" and Path(os.environ["PODIUM_HOME"], "unready").exists()
        self.send_response(503 if unready else 200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


def main(role: str) -> int:
    sys.stdout.write(f"{role} has process id {os.getpid()}\n")
    sys.stdout.flush()
    if os.environ.get("STAND_IN_FAILS") == role:
        return 3
    if role == "worker":
        stubborn = os.environ.get("STAND_IN_STUBBORN") == role
        signal.signal(signal.SIGTERM, signal.SIG_IGN if stubborn else lambda *_: sys.exit(0))
        asyncio.run(work())
    if role == "api":
        HTTPServer(("127.0.0.1", int(os.environ["PODIUM_PORT"])), Healthy).serve_forever()
    if role == "dev":
        return dev()
    return 0


async def work() -> None:
    from runtime.processes import supervisor, watchdog

    # As many reports between two checks as the real worker makes.
    watchdog.REPORT_SECONDS *= probe_seconds() / supervisor.PROBE_SECONDS
    async with watchdog.reporting():
        await asyncio.Event().wait()


def probe_seconds() -> float:
    from runtime.processes.supervisor import PROBE_SECONDS

    return float(os.environ.get("STAND_IN_PROBE_SECONDS", PROBE_SECONDS))


def dev() -> int:
    from models.errors import PodiumError
    from runtime.processes import stack, supervisor
    from runtime.processes.embedded.postgres import EmbeddedPostgres, prepare_postgres
    from runtime.settings import Settings, read_settings

    def announce_and_hurry(settings: Settings, postgres: EmbeddedPostgres | None) -> None:
        announce(settings, postgres)
        supervisor.READY_WITHIN_SECONDS = float(os.environ.get("STAND_IN_RESTART_READY_SECONDS", 90))

    supervisor.PROBE_SECONDS = probe_seconds()
    announce = stack._announce
    try:
        with (
            patch.object(stack, "_announce", announce_and_hurry),
            patch.object(stack, "prepare_postgres", partial(prepare_postgres, durable=False)),
        ):
            return stack.run_stack(read_settings(), podium=(sys.executable, "-m", "tests.support.stand_in"))
    except PodiumError as error:
        sys.stdout.write(f"{error.detail}. {error.hint}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
