"""Limits per sender: connections, streams, time, and body size before authentication."""

import asyncio
import uuid
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from api import server as serving
from api.http import body_limit
from api.http.limits import OpenStreams
from api.lists import event_stream
from models.errors import TooManyRequests
from models.store.governance import keys
from runtime.database import Sessions, transaction
from tests.api.bodies import made
from tests.support.eventually import assert_eventually


async def post_half(app: Any, path: str, headers: dict[str, str]) -> tuple[int, int]:
    """Send half a body and nothing more; return the status and how often the API read from the connection."""
    pieces = [{"type": "http.request", "body": b'{"a":', "more_body": True}]
    answers: list[Any] = []
    asked = 0

    async def receive() -> Any:
        nonlocal asked
        if pieces:
            return pieces.pop()
        asked += 1
        await asyncio.Event().wait()

    async def send(message: Any) -> None:
        answers.append(message)

    sent = {"host": "podium.test", "content-length": "100", "content-type": "application/json", **headers}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
        "client": ("127.0.0.1", 1),
        "server": ("podium.test", 80),
    }
    await asyncio.wait_for(app(scope, receive, send), 20)
    return answers[0]["status"], asked


async def test_a_chunked_body_is_read_only_with_a_valid_key(app: FastAPI) -> None:
    assert await post_half(app, "/api/primitives", {}) == (401, 0)
    assert await post_half(app, "/api/primitives", {"x-api-key": "wrong"}) == (401, 0)


async def test_a_body_that_does_not_arrive_times_out(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body_limit, "BODY_SECONDS", 0.2)
    assert await post_half(app, "/api/webhooks/hook", {}) == (408, 1)


async def test_a_connection_without_complete_headers_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "HEADER_SECONDS", 0.3)
    server = serving.Server(FastAPI(), host="127.0.0.1", port=0)
    running = asyncio.create_task(server.serve())

    async def started() -> bool:
        return server.started

    await assert_eventually(started)
    port = server.servers[0].sockets[0].getsockname()[1]
    for start in (b"", b"GET / HTTP/1.1\r\nHost: x\r\n"):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(start)
        assert await asyncio.wait_for(reader.read(), 10) == b""
        writer.close()
    server.should_exit = True
    await running


def test_streams_are_counted_for_each_owner_and_released() -> None:
    streams = OpenStreams(most=2)
    with streams.one_more("key a", "address x"), streams.one_more("key b", "address x"):
        with pytest.raises(TooManyRequests), streams.one_more("key c", "address x"):
            pass
        with streams.one_more("key b", "address y"), pytest.raises(TooManyRequests), streams.one_more("key b"):
            pass
    with streams.one_more("key c", "address x"):
        pass


async def test_a_stream_over_the_limit_gets_a_retry_after_header(app: FastAPI, client: httpx2.AsyncClient) -> None:
    app.state.podium.streams.most = 0
    answer = await client.get("/api/live/stream")
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_requests")
    assert int(answer.headers["retry-after"]) >= 1


async def test_an_open_stream_ends_when_its_key_is_revoked(
    app: FastAPI, client: httpx2.AsyncClient, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_stream, "BEAT_SECONDS", 0.1)
    key_id = uuid.UUID((await made(client, "/api/keys", {"name": "reader", "scope": "read"}))["id"])
    events = app.state.podium.feed.watch(None, frozenset({key_id}))
    assert (await anext(events)).event == "ready"
    assert (await asyncio.wait_for(anext(events), 20)).event == "beat"
    async with transaction(sessions) as session:
        await keys.revoke(session, key_id)

    async def rest() -> list[str | None]:
        return [event.event async for event in events]

    assert set(await asyncio.wait_for(rest(), 20)) <= {"beat"}
