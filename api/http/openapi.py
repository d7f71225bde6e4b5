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
PROBLEM_SCHEMA = {"$ref": "#/components/schemas/Problem"}
PROBLEM = {MEDIA_TYPE: {"schema": PROBLEM_SCHEMA}}
OPEN_PATHS = ("/sign-in", "/healthz", "/readyz", "/metrics", "/api/webhooks/", "/api/triggers/slack", "/api/callbacks/")


def install(app: FastAPI) -> None:
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
    """Add the errors common to all operations, and give every error its media type."""
    common = [422, 503, *([401, 403] if needs_key else [])]
    for status, response in responses(*common).items():
        operation["responses"].setdefault(str(status), {"description": response["description"], "content": PROBLEM})
    for response in operation["responses"].values():
        # FastAPI documents a model under the media type of the route's successful response.
        if any(content.get("schema") == PROBLEM_SCHEMA for content in response.get("content", {}).values()):
            response["content"] = PROBLEM
    operation["responses"] = dict(sorted(operation["responses"].items()))
