"""Fields have JSON's types: text is not read as a number, a boolean or a time by its looks."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Self, get_args
from uuid import UUID

import pytest
from fastapi.routing import APIRoute
from pydantic import ValidationError, model_validator

from api.app import ROUTERS, create_app
from models.contracts.base import Contract, Exact, Instant, JsonObject, Money
from models.contracts.queries import LiveListQuery
from models.kinds import Kind


class Inner(Contract):
    count: int = 0


class Checked(Contract):
    count: int = 0

    @model_validator(mode="after")
    def _check(self) -> Self:
        return self


class Everything(Inner):
    on: bool | None = None
    ratio: float = 0.0
    cost: Money | None = None
    exact: Exact = Decimal()
    at: Instant | None = None
    id: UUID | None = None
    kind: Kind | None = None
    many: tuple[int, ...] = ()
    named: dict[str, float] = {}
    inner: Inner | None = None
    inners: tuple[Inner, ...] = ()
    checked: Checked | None = None
    payload: JsonObject = {}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("on", "no"),
        ("on", "off"),
        ("on", 0),
        ("count", "1_0"),
        ("count", "10"),
        ("count", True),
        ("ratio", "1_0"),
        ("ratio", "nan"),
        ("ratio", True),
        ("cost", "1_000"),
        ("cost", "\u0661\u0660"),
        ("cost", True),
        ("exact", "NaN"),
        ("at", 20260101),
        ("at", "20260101"),
        ("at", True),
        ("many", ["1"]),
        ("named", {"a": "1"}),
        ("inner", {"count": "1"}),
        ("inners", [{"count": False}]),
        ("checked", {"count": "1"}),
    ],
)
def test_a_value_of_another_type_is_refused(field: str, value: Any) -> None:
    with pytest.raises(ValidationError) as refused:
        Everything.model_validate({field: value})
    assert refused.value.errors()[0]["loc"][0] == field


def test_what_json_writes_as_text_is_still_read() -> None:
    found = Everything.model_validate(
        {
            "on": True,
            "count": 4.0,
            "ratio": 1,
            "cost": "25.00",
            "exact": 0.5,
            "at": "2026-03-02T09:00:00Z",
            "id": "0198c0de-0000-7000-8000-000000000000",
            "kind": "agent",
            "many": [1, 2],
            "inner": {"count": 3},
            "payload": {"any": "1_0", "on": "no", "n": 1},
        }
    )
    assert (found.count, found.cost, found.exact) == (4, Decimal(25), Decimal("0.5"))
    assert (found.at, found.kind) == (datetime(2026, 3, 2, 9, tzinfo=UTC), Kind.AGENT)
    assert found.payload == {"any": "1_0", "on": "no", "n": 1}
    assert Everything.model_validate_json(found.model_dump_json(by_alias=True)) == found


def test_a_query_string_is_read_from_text() -> None:
    query = LiveListQuery.model_validate(
        {"archived": ["true", "0"], "limit": "5", "startsFrom": "2026-03-02T00:00:00Z"}
    )
    assert (query.archived, query.limit) == ((True, False), 5)


def test_no_field_of_any_contract_is_left_out() -> None:
    """A schema of ours that pydantic builds in a new way would otherwise be skipped without a word."""
    create_app()
    lax = [f"{one.__name__}.{name}" for one in _contracts(Contract) for name in _lax_fields(one)]
    assert lax == []


def test_no_body_of_a_request_is_read_as_a_query_string_is() -> None:
    bodies = [
        route.body_field.field_info.annotation
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute) and route.body_field is not None
    ]
    assert bodies
    inside = {one for body in bodies for one in _contracts_inside(body, set())}
    assert [one.__name__ for one in inside if one.is_written_as_text] == []


def _contracts_inside(annotation: Any, found: set[type[Contract]]) -> set[type[Contract]]:
    """Add to `found`, and return, the contracts that a value of this type may hold."""
    if isinstance(annotation, type) and issubclass(annotation, Contract) and annotation not in found:
        found.add(annotation)
        for field in annotation.model_fields.values():
            _contracts_inside(field.annotation, found)
    for one in get_args(annotation):
        _contracts_inside(one, found)
    return found


def _contracts(base: type[Contract]) -> Iterator[type[Contract]]:
    for one in base.__subclasses__():
        if not one.is_written_as_text and not one.__pydantic_generic_metadata__["parameters"]:
            yield one
        yield from _contracts(one)


def _lax_fields(one: type[Contract]) -> Iterator[str]:
    wrong: Mapping[Any, Any] = {bool: "no", int: "1", float: "1", Decimal: "1_0", datetime: 5}
    for name, field in one.model_fields.items():
        types = {field.annotation, *get_args(field.annotation)}
        for kind in () if str in types else types & wrong.keys():
            with pytest.raises(ValidationError) as refused:
                one.model_validate({field.alias or name: wrong[kind]})
            if not any(found["loc"][0] == (field.alias or name) for found in refused.value.errors()):
                yield name
