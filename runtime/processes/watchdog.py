"""The watchdog of a process without a port: it reports that its event loop runs, by systemd's protocol `sd_notify`.

The process sends datagrams to the socket in `NOTIFY_SOCKET`. `podium dev` listens there; in production systemd does,
for a unit with `Type=notify` and `WatchdogSec=`.
"""

import asyncio
import contextlib
import os
import socket
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

VARIABLE = "NOTIFY_SOCKET"
REPORT_SECONDS = 2.0


@asynccontextmanager
async def reporting() -> AsyncIterator[None]:
    """Report, as long as the block lasts and the event loop runs; does nothing without a listener."""
    address = os.environ.get(VARIABLE)
    if not address:
        yield
        return
    task = asyncio.create_task(_report(address))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _report(address: str) -> None:
    # systemd writes an abstract address with @ in place of its NUL.
    target = "\0" + address[1:] if address.startswith("@") else address
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.setblocking(False)
        while True:
            with contextlib.suppress(OSError):  # a full buffer: the listener has not read for long
                sender.sendto(b"READY=1\nWATCHDOG=1", target)
            await asyncio.sleep(REPORT_SECONDS)


class Reports:
    """The supervisor's side: a socket, and whether anything has arrived on it lately."""

    def __init__(self, address: str, receiver: socket.socket) -> None:
        self.address = address
        self._receiver = receiver

    async def arrived(self) -> bool:
        """Return whether the process has reported since the last call."""
        found = False
        with contextlib.suppress(BlockingIOError):
            while self._receiver.recv(4096):
                found = True
        return found


@contextmanager
def listening() -> Iterator[Reports]:
    """Listen in a directory that only this user can write to."""
    with (
        tempfile.TemporaryDirectory(prefix="podium-") as directory,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver,
    ):
        address = str(Path(directory) / "notify")
        receiver.bind(address)
        receiver.setblocking(False)
        yield Reports(address, receiver)
