"""The OpenAPI document: every operation lists its errors as problem+json and the ways to authenticate."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.http.errors import MEDIA_TYPE, responses
from api.http.sessions import COOKIE

SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "An API key."},
    "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
}
PROBLEM = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
OPEN_PATHS = ("/sign-in", "/healthz", "/readyz", "/metrics", "/api/webhooks/", "/api/triggers/slack", "/api/callbacks/")


def install(app: FastAPI) -> None:
    """Make the app describe itself so."""

    def describe() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = describe  # type: ignore[method-assign]


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
    document.setdefault("components", {})["securitySchemes"] = SCHEMES
    schemas = document["components"].get("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            needs_key = not path.startswith(OPEN_PATHS) and (method, path) != ("post", "/api/session")
            if needs_key:
                operation["security"] = [{name: []} for name in SCHEMES]
            _list_errors(operation, needs_key)
    return document


def _list_errors(operation: dict[str, Any], needs_key: bool) -> None:
    """List what every such operation may answer, and give errors their media type."""
    common = [422, 503, *([401, 403] if needs_key else [])]
    for status, response in responses(*common).items():
        operation["responses"].setdefault(str(status), {"description": response["description"], "content": PROBLEM})
    for status, response in operation["responses"].items():
        if status != "503" or "Readiness" not in str(response):
            _as_problem(status, response)
    operation["responses"] = dict(sorted(operation["responses"].items()))


def _as_problem(status: str, response: dict[str, Any]) -> None:
    if status.isdigit() and int(status) >= 400:
        response["content"] = PROBLEM
