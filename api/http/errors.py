"""Renders errors as problem+json: the tree of `models/errors.py`, validation errors and HTTP errors.

Fields are named as in the request (`spec.steps[1].needs`). Unexpected errors are handled by `api/http/middleware.py`,
which reveals nothing but the request's id.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from psycopg import errors as postgres
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException

from api.http.metrics import REFUSED
from api.http.validation_messages import worded
from models.contracts.primitives.specs import SPECS
from models.contracts.problems import FieldProblem, Problem
from models.errors import Invalid, NotStorable, PodiumError, TooManyRequests, Unavailable

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 2
_PLACES = frozenset({"body", "query", "path", "header", "cookie"})
TAGGED = frozenset(
    field.alias or name for spec in SPECS.values() for name, field in spec.model_fields.items() if field.discriminator
)
"""Fields that hold a tagged union with the tag `type`."""
_CODES = {404: "not_found", 405: "method_not_allowed", 400: "invalid"}


class InvalidFields(Invalid):
    """One or more invalid fields; the first is the main one."""

    def __init__(self, problems: Sequence[FieldProblem]) -> None:
        first = problems[0]
        super().__init__(first.detail, field=first.field)
        self.problems = tuple(problems)


def install(app: FastAPI) -> None:
    app.add_exception_handler(PodiumError, _podium_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(DBAPIError, _database_error)
    app.add_exception_handler(NotStorable, _database_error)
    app.add_exception_handler(UnicodeEncodeError, _unstorable)
    app.add_exception_handler(RecursionError, _unstorable)


def problem(error: PodiumError) -> JSONResponse:
    fields = error.problems if isinstance(error, InvalidFields) and len(error.problems) > 1 else ()
    body = Problem(
        type=f"urn:podium:problem:{error.code}",
        code=error.code,
        title=error.title,
        status=error.status,
        detail=error.detail,
        field=error.field,
        hint=error.hint,
        errors=fields,
    )
    headers = {"Retry-After": str(RETRY_AFTER_SECONDS)} if isinstance(error, Unavailable) else {}
    if isinstance(error, TooManyRequests):
        headers["Retry-After"] = str(max(1, math.ceil(error.retry_after_seconds)))
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return _answer(body, headers)


def invalid_fields(error: ValidationError, data: Any, prefix: str = "") -> InvalidFields:
    """Translate a validation error of `data`, which is the value of the field `prefix`."""
    return InvalidFields(list(_field_problems(error.errors(include_url=False), data, prefix)))


def prefix_field(prefix: str, error: Invalid) -> Invalid:
    """Put a path before the fields of an error."""
    error.field = f"{prefix}.{error.field}" if error.field else prefix
    if isinstance(error, InvalidFields):
        error.problems = tuple(FieldProblem(field=f"{prefix}.{one.field}", detail=one.detail) for one in error.problems)
    return error


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The errors of a route, for its OpenAPI operation."""
    return {status: {"model": Problem, "description": _DESCRIPTIONS[status]} for status in statuses}


_DESCRIPTIONS = {
    401: "No valid key, session or signature",
    403: "The key's scope is not sufficient",
    404: "Not found",
    409: "Conflicts with the current state",
    412: "Changed since it was read",
    415: "Unsupported content encoding, charset or media type",
    422: "Invalid field",
    429: "Too many requests; retry after Retry-After",
    503: "Temporarily unavailable; retry after Retry-After",
}


def _field_problems(found: Iterable[Mapping[str, Any]], data: Any, prefix: str) -> Iterable[FieldProblem]:
    for item in found:
        if _follows_from_others(item):
            continue
        place = [*_without_tags(item["loc"], data)]
        named = (item.get("ctx") or {}).get("field")
        field = _dotted([*([prefix] if prefix else []), *place, *([named] if named else [])])
        yield FieldProblem(field=field or "body", detail=worded(item))


def _follows_from_others(item: Mapping[str, Any]) -> bool:
    """Whether pydantic reports too few items only because it refused some of them."""
    least = (item.get("ctx") or {}).get("min_length", 0)
    return item["type"] == "too_short" and isinstance(item.get("input"), list) and len(item["input"]) >= least


def _without_tags(place: Sequence[str | int], data: Any) -> Iterable[str | int]:
    """Drop the tag that pydantic inserts into the path below a tagged union, even if a field has the same name."""
    is_union = False
    for part in place:
        if is_union and isinstance(data, dict) and data.get("type") == part:
            is_union = False
            continue
        yield part
        is_union = part in TAGGED
        if isinstance(data, dict):
            data = data.get(part)
        elif isinstance(data, list) and isinstance(part, int) and part < len(data):
            data = data[part]


def _dotted(place: Sequence[str | int]) -> str:
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def refused(request: Request, error: PodiumError) -> JSONResponse:
    """Count a refusal and return its answer; the status alone does not say why."""
    REFUSED.labels(getattr(request.scope.get("route"), "path", "unmatched"), error.code).inc()
    return problem(error)


async def _podium_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, PodiumError)
    return refused(request, error)


async def _validation_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    found = []
    for item in error.errors():
        place = list(item["loc"])
        if item["type"] in {"json_invalid", "missing"} and place[:1] == ["body"] and len(place) <= 2:
            place = ["body"] if item["type"] == "json_invalid" or len(place) == 1 else place[1:]
        elif place and place[0] in _PLACES and (len(place) > 1 or (item.get("ctx") or {}).get("field")):
            place = place[1:]
        found.append({**item, "loc": place})
    return refused(request, InvalidFields(list(_field_problems(found, error.body, ""))))


async def _http_error(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code = _CODES.get(error.status_code, "invalid" if error.status_code < 500 else "internal")
    body = Problem(
        type=f"urn:podium:problem:{code}",
        code=code,
        title=str(error.detail),
        status=error.status_code,
        detail=str(error.detail),
    )
    return _answer(body, dict(error.headers or {}))


async def _database_error(request: Request, error: Exception) -> JSONResponse:
    # Values that PostgreSQL cannot store: NUL, lone surrogates, infinite numbers. Its other refusals are our own fault.
    cause = error.__cause__ if isinstance(error, NotStorable) else error
    if isinstance(cause.orig if isinstance(cause, DBAPIError) else cause, postgres.DataError | UnicodeEncodeError):
        return await _unstorable(request, error)
    raise error


async def _unstorable(request: Request, __: Exception) -> JSONResponse:
    # Passed api/http/bodies.py but refused by PostgreSQL, such as infinite numbers.
    detail = "the request contains a value that cannot be stored (NUL, Infinity, broken text or deep nesting)"
    return refused(request, Invalid(detail, field="body" if request.method in {"POST", "PUT", "PATCH"} else None))


def _answer(body: Problem, headers: Mapping[str, str]) -> JSONResponse:
    content = {key: value for key, value in body.wire().items() if value not in (None, [])}
    return JSONResponse(content, status_code=body.status, headers=dict(headers), media_type=MEDIA_TYPE)
