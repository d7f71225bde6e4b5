"""Compression, and the headers of every response."""

import asyncio
import gzip
import json

import httpx2
from fastapi import FastAPI

from tests.api.bodies import agent, made, nightly
from tests.api.conftest import ADMIN_KEY
from tests.api.stream_client import HEADERS, STREAM

LIST = "/api/live/automations"


async def raw(client: httpx2.AsyncClient, path: str, encoding: str) -> tuple[httpx2.Headers, bytes]:
    async with client.stream("GET", path, headers={"Accept-Encoding": encoding}) as answer:
        return answer.headers, b"".join([chunk async for chunk in answer.aiter_raw()])


async def test_a_list_is_compressed_for_clients_that_accept_it(client: httpx2.AsyncClient) -> None:
    await made(client, "/api/primitives", agent())
    await made(client, "/api/automations", nightly())
    headers, plain = await raw(client, LIST, "identity")
    assert "content-encoding" not in headers
    assert headers["vary"] == "Accept-Encoding"
    packed_headers, packed = await raw(client, LIST, "gzip")
    assert packed_headers["content-encoding"] == "gzip"
    assert packed_headers["vary"] == "Accept-Encoding"
    assert int(packed_headers["content-length"]) == len(packed) < len(plain)
    assert json.loads(gzip.decompress(packed))["automations"] == json.loads(plain)["automations"]


async def test_a_compressed_list_has_the_same_etag_and_is_not_sent_twice(client: httpx2.AsyncClient) -> None:
    await made(client, "/api/primitives", agent())
    await made(client, "/api/automations", {**nightly(), "isActive": False})
    first = await client.get(LIST, headers={"Accept-Encoding": "gzip"})
    assert first.headers["etag"] == (await client.get(LIST, headers={"Accept-Encoding": "identity"})).headers["etag"]
    again = await client.get(LIST, headers={"Accept-Encoding": "gzip", "If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_a_small_response_is_not_compressed(anonymous: httpx2.AsyncClient) -> None:
    headers, body = await raw(anonymous, "/healthz", "gzip")
    assert "content-encoding" not in headers
    assert json.loads(body) == {"status": "ok"}


async def test_an_event_stream_is_neither_compressed_nor_buffered(app: FastAPI) -> None:
    """Call the ASGI app directly: httpx's in-process transport collects the whole response first."""
    messages: asyncio.Queue[dict[str, object]] = asyncio.Queue()
    gone = asyncio.Event()

    async def receive() -> dict[str, object]:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, object]) -> None:
        await messages.put(message)

    headers = [
        (b"host", b"podium.test"),
        (b"accept-encoding", b"gzip"),
        (b"authorization", HEADERS["Authorization"].encode()),
    ]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": STREAM,
        "raw_path": STREAM.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": headers,
    }
    serving = asyncio.create_task(app(scope, receive, send))  # type: ignore[arg-type]
    try:
        async with asyncio.timeout(20):
            start = await messages.get()
            first = await messages.get()
    finally:
        gone.set()
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
    names = dict(start["headers"])  # type: ignore[call-overload]
    assert names[b"content-type"].startswith(b"text/event-stream")
    assert b"content-encoding" not in names
    assert b"event: ready" in first["body"]  # type: ignore[operator]


async def test_every_response_forbids_content_type_sniffing(app: FastAPI, anonymous: httpx2.AsyncClient) -> None:
    key = {"Authorization": f"Bearer {ADMIN_KEY}"}
    for path in ("/healthz", "/api/automations", "/api/nothing", "/docs", "/assets/none.js", "/metrics"):
        answer = await anonymous.get(path, headers=key)
        assert answer.headers.get_list("x-content-type-options") == ["nosniff"], path
