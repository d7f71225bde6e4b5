"""The variables of filters; one definition for all callers. `runtime/expressions` evaluates them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue

from models.rules.expressions.cel import check
from models.states import Source

FILTER_VARIABLES: Mapping[Source, tuple[str, ...]] = {
    Source.WEBHOOK: ("headers", "payload"),
    Source.EVENT: ("name", "payload"),
    Source.SLACK: ("name", "payload"),
}


@dataclass(frozen=True, slots=True)
class FilterInput:
    """The variables of filters: the payload, the stored headers, and the name of the event or command."""

    payload: JsonValue
    headers: Mapping[str, str] = field(default_factory=dict)
    name: str = ""


def check_filter(source: Source, expression: str) -> None:
    """Raise `BadExpression` for a filter that cannot be evaluated for a source."""
    check(expression, FILTER_VARIABLES[source], field=f"{source.value}.filter", yields=bool)


def filter_variables(source: Source, arrived: FilterInput) -> dict[str, JsonValue]:
    """Return the variables that filters of a source see."""
    seen: dict[str, JsonValue] = {
        "payload": arrived.payload,
        "headers": dict(arrived.headers),
        "name": arrived.name,
    }
    return {name: seen[name] for name in FILTER_VARIABLES[source]}
