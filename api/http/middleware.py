"""ASGI middleware around every request: request id, log line, metrics, response headers and the body limit.

Bodies are never logged, and never read past the limit.
"""

import re
import secrets
import time

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http import metrics
from api.http.errors import problem
from models.errors import PayloadTooLarge, PodiumError

NO_SNIFFING = (b"x-content-type-options", b"nosniff")

log = structlog.get_logger("api.requests")

_REQUEST_ID = re.compile(rb"^[A-Za-z0-9._:-]{1,100}$")
_UNEXPECTED = "Unexpected error in Podium; look up this response's X-Request-Id in its log"
_TOO_LARGE = "Send less per request, or raise PODIUM_MAX_PAYLOAD_BYTES."
_QUIET = frozenset({"/healthz", "/readyz", "/metrics"})


class RequestContext:
    """Gives each request an id, bound to its log lines, and records one log line and one measurement at its end."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = _request_id(scope)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started = time.perf_counter()
        status, has_started = 500, False

        async def send_with_id(message: Message) -> None:
            nonlocal status, has_started
            if message["type"] == "http.response.start":
                status, has_started = message["status"], True
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode()), NO_SNIFFING]
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        except Exception:
            log.exception("a request failed unexpectedly", path=_loggable_path(scope))
            if not has_started:
                await problem(PodiumError(_UNEXPECTED))(scope, receive, send_with_id)
        finally:
            _record(scope, status, time.perf_counter() - started)


class BodyLimit:
    """Refuses a body over the limit, with or without a Content-Length."""

    def __init__(self, app: ASGIApp, *, max_bytes: int) -> None:
        self.app = app
        self.max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _has_body(scope):
            await self.app(scope, receive, send)
            return
        try:
            body = await self._read(scope, receive)
        except ClientDisconnect:
            # A partial body must not be mistaken for a complete one.
            return
        if body is None:
            error = PayloadTooLarge(f"the body is over {self.max_bytes} bytes", field="body", hint=_TOO_LARGE)
            await problem(error)(scope, receive, send)
            return
        replayed = False

        async def replay() -> Message:
            nonlocal replayed
            if replayed:
                return await receive()
            replayed = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self.app(scope, replay, send)

    async def _read(self, scope: Scope, receive: Receive) -> bytes | None:
        declared = _header(scope, b"content-length")
        if declared is not None and declared.isdigit() and int(declared) > self.max_bytes:
            return None
        chunks: list[bytes] = []
        size = 0
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            chunks.append(message.get("body", b""))
            size += len(chunks[-1])
            if size > self.max_bytes:
                return None
            more = message.get("more_body", False)
        return b"".join(chunks)


def _request_id(scope: Scope) -> str:
    given = _header(scope, b"x-request-id")
    return given.decode() if given and _REQUEST_ID.match(given) else secrets.token_hex(8)


def _has_body(scope: Scope) -> bool:
    return _header(scope, b"content-length") not in (None, b"0") or _header(scope, b"transfer-encoding") is not None


def _header(scope: Scope, name: bytes) -> bytes | None:
    return next((value for key, value in scope["headers"] if key == name), None)


def _record(scope: Scope, status: int, seconds: float) -> None:
    route = _route(scope)
    metrics.REQUESTS.labels(scope["method"], route, str(status)).inc()
    metrics.REQUEST_SECONDS.labels(route).observe(seconds)
    if scope["path"] in _QUIET:
        return
    log.info("request", method=scope["method"], path=_loggable_path(scope), status=status, ms=round(seconds * 1000, 1))


def _route(scope: Scope) -> str:
    return getattr(scope.get("route"), "path", "unmatched")


def _loggable_path(scope: Scope) -> str:
    # The path of a callback contains its token.
    route = _route(scope)
    return route if "{token}" in route else str(scope["path"])
