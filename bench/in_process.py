"""Requests through the whole application in this process: with authentication and encoding, without a network."""

import time
from collections.abc import Awaitable, Callable
from statistics import median
from typing import Any

from fastapi import FastAPI

from bench.figures import Figure

KEY = "podium_the-key-of-the-benchmark"


async def get(app: FastAPI, path: str, query: str = "", *, anew: bool = False) -> int:
    """Send one request, `anew` without what is kept in memory; return the size of the response."""
    size = 0
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [
            (b"host", b"127.0.0.1"),
            (b"authorization", f"Bearer {KEY}".encode()),
            *([(b"cache-control", b"no-cache")] if anew else []),
        ],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        nonlocal size
        if message["type"] == "http.response.start" and message["status"] != 200:
            raise RuntimeError(f"answered {message['status']}")
        size += len(message.get("body", b""))

    await app(scope, receive, send)
    return size


async def timed(name: str, work: Callable[[], Awaitable[int]], aim_ms: float | None, rounds: int = 15) -> Figure:
    """Measure requests after one warm-up: the median of `rounds`."""
    size = await work()
    taken = []
    for _ in range(rounds):
        begun = time.perf_counter()
        await work()
        taken.append((time.perf_counter() - begun) * 1000)
    return Figure(name, median(taken), aim_ms, f"best {min(taken):.1f}, {size / 1000:,.0f} kB")
