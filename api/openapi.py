"""The OpenAPI document, which is the contract: errors are problem+json, keys and sessions are named."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.errors import MEDIA_TYPE
from api.sessions import COOKIE

SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "An API key."},
    "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
}
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
            _name_errors(operation)
            if not path.startswith(OPEN_PATHS) and (method, path) != ("post", "/api/session"):
                operation["security"] = [{name: []} for name in SCHEMES]
    return document


def _name_errors(operation: dict[str, Any]) -> None:
    for status, response in operation["responses"].items():
        content = response.get("content", {})
        if status.isdigit() and int(status) >= 400 and "application/json" in content:
            content[MEDIA_TYPE] = content.pop("application/json")
