"""Reads request bodies within a size and a time; chunked bodies only from authenticated senders."""

import asyncio

from fastapi import Request
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.auth import authenticate
from api.http.errors import problem
from api.state import State
from models.errors import PayloadTooLarge, PodiumError, RequestTimedOut
from runtime.database import transaction

BODY_SECONDS = 30.0
OPEN_PATHS = ("/api/webhooks/", "/api/callbacks/", "/api/triggers/slack", "/api/session")
"""Their sender is known by the body or by the path, not by an API key."""
_TOO_LARGE = "Send less per request, or raise PODIUM_MAX_PAYLOAD_BYTES."


class BodyLimit:
    """Passes on complete bodies; the application never sees a partial one."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _has_body(scope):
            await self.app(scope, receive, send)
            return
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await self._read(scope, receive)
        except ClientDisconnect:
            # A partial body must not be mistaken for a complete one.
            return
        except TimeoutError:
            await _refuse(RequestTimedOut(f"the body did not arrive within {BODY_SECONDS:g} s"), scope, receive, send)
            return
        except PodiumError as error:
            await _refuse(error, scope, receive, send)
            return
        replayed = False

        async def replay() -> Message:
            nonlocal replayed
            if replayed:
                return await receive()
            replayed = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self.app(scope, replay, send)

    async def _read(self, scope: Scope, receive: Receive) -> bytes:
        """Read the body.

        Raises:
            PayloadTooLarge: it is over the limit.
            Unauthenticated: it comes in pieces, and the sender has no valid key or session.
        """
        declared = _header(scope, b"content-length")
        most: int = scope["app"].state.settings.max_payload_bytes
        if declared is not None and declared.isdigit() and int(declared) > most:
            raise _too_large(most)
        chunks: list[bytes] = []
        size = 0
        more = True
        while more:
            if len(chunks) == 1:
                # Most bodies are one piece, and are authenticated once, by the route.
                await _authenticate(scope)
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            chunks.append(message.get("body", b""))
            size += len(chunks[-1])
            if size > most:
                raise _too_large(most)
            more = message.get("more_body", False)
        return b"".join(chunks)


def _too_large(most: int) -> PayloadTooLarge:
    return PayloadTooLarge(f"the body is over {most} bytes", field="body", hint=_TOO_LARGE)


async def _authenticate(scope: Scope) -> None:
    if not scope["path"].startswith("/api/") or scope["path"].startswith(OPEN_PATHS):
        return
    state: State = scope["app"].state.podium
    async with transaction(state.sessions) as session:
        await authenticate(Request(scope), session, state.settings, state.wrong_keys)


async def _refuse(error: PodiumError, scope: Scope, receive: Receive, send: Send) -> None:
    answer = problem(error)
    # The rest of the body is not read, so the connection cannot carry another request.
    answer.headers["Connection"] = "close"
    await answer(scope, receive, send)


def _has_body(scope: Scope) -> bool:
    return _header(scope, b"content-length") not in (None, b"0") or _header(scope, b"transfer-encoding") is not None


def _header(scope: Scope, name: bytes) -> bytes | None:
    return next((value for key, value in scope["headers"] if key == name), None)
