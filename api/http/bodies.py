"""Parses the JSON of every request and refuses what PostgreSQL cannot store or Temporal cannot carry."""

import json
from collections.abc import Callable, Coroutine
from email.message import Message
from typing import Any

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel, JsonValue

from models.errors import Invalid, NotFound
from models.rules.json.exact_numbers import NotANumber
from models.rules.json.reading import Loss, ReadJson, read_json_text
from models.rules.json.storable import MAX_NESTING, broken_text, nesting

OPEN_TO_ANY_QUERY = ("/api/webhooks/", "/api/callbacks/", "/api/triggers/slack", "/sign-in", "/metrics")
"""Senders add parameters to addresses that they were given."""

KEPT_WITH_LOSSES = {"/api/triggers/event": "payload"}
"""The field of a delivery that is stored with a note where others are refused, by its path."""


class ParsedRequest(Request):
    """A request with a parsed body. `json()` must not raise: FastAPI would turn our errors into its own 400."""

    parsed: JsonValue = None

    async def json(self) -> JsonValue:
        return self.parsed


class JsonRoute(APIRoute):
    """A route whose path, query and JSON body are checked before FastAPI parses them."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        has_body = self.body_field is not None
        kept = KEPT_WITH_LOSSES.get(self.path, "")
        known = None if self.path.startswith(OPEN_TO_ANY_QUERY) else _query_names(self.dependant)

        async def read_first(original: Request) -> Response:
            request = ParsedRequest(original.scope, original.receive)
            _check_address(request)
            if known is not None:
                _check_query_names(request, known)
            if has_body and _is_json(request.headers.get("content-type", "")) and (raw := await request.body()):
                read = read_json(raw, kept)
                request.parsed, request.state.losses = read.value, read.losses
            return await handle(request)

        return read_first


def losses_of(request: Request) -> tuple[Loss, ...]:
    """Return what a delivery's payload has lost when its body was read."""
    losses: tuple[Loss, ...] = getattr(request.state, "losses", ())
    return losses


def read_json(raw: bytes, kept: str = "") -> ReadJson:
    """Parse a body.

    Args:
        raw: The body.
        kept: The field in which a loss is not a reason to refuse the body, because nobody can send it again.

    Raises:
        Invalid: it is not JSON, nests deeper than `MAX_NESTING`, holds a text or number that cannot be stored, or loses
            something elsewhere than in `kept`. The field is the dotted path of the text or the loss, else `body`.
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid(f"the body is not UTF-8: byte {error.start} is invalid", field="body") from None
    read = parse_json(text)
    check_storable(read.value)
    for loss in read.losses:
        if not kept or not _is_inside(loss.within, kept):
            raise Invalid(loss.reason, field=loss.path or "body", hint=loss.hint)
    return read


def parse_json(text: str, root: str = "") -> ReadJson:
    """Parse JSON that may hold text that cannot be stored, or has lost something below the path `root`.

    Raises:
        Invalid: it is not JSON, nests deeper than `MAX_NESTING`, or holds a number that cannot be stored.
    """
    try:
        read = read_json_text(text, root)
    except json.JSONDecodeError as error:
        raise Invalid(f"the body is not JSON: {error}", field="body", hint="Send a JSON document.") from None
    except RecursionError:
        raise _too_deep() from None
    except NotANumber as error:
        raise Invalid(f"the body is not JSON that can be stored: {error}", field="body") from None
    if nesting(read.value) > MAX_NESTING:
        raise _too_deep()
    return read


def _is_inside(path: str, field: str) -> bool:
    return path == field or path.startswith((f"{field}.", f"{field}["))


def check_storable(value: JsonValue) -> None:
    """Raise `Invalid` for a value that nests too deeply or holds text that cannot be stored."""
    if nesting(value) > MAX_NESTING:
        raise _too_deep()
    if found := broken_text(value):
        path, reason = found
        raise Invalid(f"{reason}, which cannot be stored", field=path or "body")


def _query_names(dependant: Dependant) -> frozenset[str]:
    """Return the parameters of a route and of everything that it depends on."""
    names = {name for one in dependant.dependencies for name in _query_names(one)}
    for field in dependant.query_params:
        model = field.field_info.annotation
        if isinstance(model, type) and issubclass(model, BaseModel):
            names.update(inner.alias or name for name, inner in model.model_fields.items())
        else:
            names.add(field.alias)
    return frozenset(names)


def _check_query_names(request: Request, known: frozenset[str]) -> None:
    for name in request.query_params:
        if name not in known:
            raise Invalid(
                "there is no query parameter of this name",
                field=name,
                hint=f"Use {', '.join(sorted(known))}." if known else "Send none.",
            )


def _check_address(request: Request) -> None:
    if broken_text(dict(request.path_params)):
        raise NotFound("there is nothing at this address")
    for name, value in request.query_params.multi_items():
        if found := broken_text(value):
            raise Invalid(f"{found[1]}, which cannot be searched for", field=name)


def _is_json(content_type: str) -> bool:
    message = Message()
    message["content-type"] = content_type
    subtype = message.get_content_subtype()
    return message.get_content_maintype() == "application" and (subtype == "json" or subtype.endswith("+json"))


def _too_deep() -> Invalid:
    return Invalid(f"the body is nested more than {MAX_NESTING} levels deep", field="body", hint="Nest it less.")
