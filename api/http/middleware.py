"""ASGI middleware around every request: request id, log line, metrics and response headers. Bodies are never logged."""

import re
import secrets
import time

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http import metrics
from api.http.errors import problem
from models.errors import PodiumError
from runtime.security.scrubbing import without_controls, without_token

NO_SNIFFING = (b"x-content-type-options", b"nosniff")

log = structlog.get_logger("api.requests")

_REQUEST_ID = re.compile(rb"^[A-Za-z0-9._:-]{1,100}$")
_UNEXPECTED = "Unexpected error in Podium; look up this response's X-Request-Id in its log"
_QUIET = frozenset({"/healthz", "/readyz", "/metrics"})


class RequestContext:
    """Assigns an id to each request, bound to its log lines; logs and measures the request at its end."""

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


def _request_id(scope: Scope) -> str:
    given = _header(scope, b"x-request-id")
    return given.decode() if given and _REQUEST_ID.match(given) else secrets.token_hex(8)


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
    # A path may hold control characters, which a terminal would obey.
    return without_controls(without_token(str(scope["path"])))
