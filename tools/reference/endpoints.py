"""Renders the API's endpoints by the scope that they need."""

import inspect
from collections.abc import Iterator

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from api.app import ROUTERS
from models.states import Scope
from tools.reference.fields import cell


def by_scope(scope: Scope | None) -> str:
    """Render the endpoints that need a scope; None: those that need no API key."""
    rows = ["| endpoint | |", "|---|---|"]
    for route in _routes():
        if _scope(route.dependant) is scope:
            summary = cell((inspect.getdoc(route.endpoint) or "").partition("\n\n")[0])
            rows += [f"| `{method} {route.path}` | {summary} |" for method in sorted(route.methods or ())]
    return "\n".join(rows) + "\n"


def _routes() -> Iterator[APIRoute]:
    routes = (route for router in ROUTERS for route in router.routes)
    return (route for route in routes if isinstance(route, APIRoute) and route.include_in_schema)


def _scope(dependant: Dependant) -> Scope | None:
    """Read the scope from the closure that `api.deps` makes for it."""
    for inner in dependant.dependencies:
        if getattr(inner.call, "__qualname__", "").startswith("_needs."):
            assert inspect.isfunction(inner.call)
            found = inspect.getclosurevars(inner.call).nonlocals["scope"]
            assert isinstance(found, Scope)
            return found
    return None
