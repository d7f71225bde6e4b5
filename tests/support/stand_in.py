"""The dev stack with small stand-ins for Podium's programs, to test the supervisor alone.

`python -m tests.support.stand_in dev` runs the real supervisor, PostgreSQL and Temporal; its children are this file
again, as `migrate`, `worker` and `api`. `STAND_IN_FAILS=name` makes that child exit with code 3 at once, and
`STAND_IN_STUBBORN=worker` makes the worker ignore SIGTERM. `STAND_IN_PROBE_SECONDS` is the time between two checks of
a child, `STAND_IN_READY_SECONDS` the deadline of the start. A file `unready` in the data directory fails `/readyz`.
"""

import asyncio
import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path


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
    from runtime.processes.watchdog import reporting

    async with reporting():
        await asyncio.Event().wait()


def dev() -> int:
    from models.errors import PodiumError
    from runtime.processes import supervisor
    from runtime.processes.stack import run_stack
    from runtime.settings import read_settings

    supervisor.READY_WITHIN_SECONDS = float(os.environ.get("STAND_IN_READY_SECONDS", supervisor.READY_WITHIN_SECONDS))
    supervisor.PROBE_SECONDS = float(os.environ.get("STAND_IN_PROBE_SECONDS", supervisor.PROBE_SECONDS))
    try:
        return run_stack(read_settings(), podium=(sys.executable, "-m", "tests.support.stand_in"))
    except PodiumError as error:
        sys.stdout.write(f"{error.detail}. {error.hint}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
