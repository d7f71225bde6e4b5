"""Whether a delivery passes an automation's filter; one definition of the filter's variables for all callers."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue

from models.rules.expressions.cel import Verdict, check, judge
from models.states import Source

FILTER_VARIABLES: Mapping[Source, tuple[str, ...]] = {
    Source.WEBHOOK: ("headers", "payload"),
    Source.EVENT: ("name", "payload"),
    Source.SLACK: ("name", "payload"),
}
NO_FILTER = Verdict(True)


@dataclass(frozen=True, slots=True)
class FilterInput:
    """The variables of filters: the payload, the stored headers, and the name of the event or command."""

    payload: JsonValue
    headers: Mapping[str, str] = field(default_factory=dict)
    name: str = ""


def check_filter(source: Source, expression: str) -> None:
    """Raise `BadExpression` for a filter that cannot be evaluated for a source."""
    check(expression, FILTER_VARIABLES[source], field=f"{source.value}.filter", yields=bool)


def judged(source: Source, expression: str | None, arrived: FilterInput) -> Verdict:
    """Return whether a delivery passes; without a filter everything does.

    Raises:
        BadExpression: The filter does not compile, or it takes too long.
    """
    if expression is None:
        return NO_FILTER
    seen: dict[str, JsonValue] = {
        "payload": arrived.payload,
        "headers": dict(arrived.headers),
        "name": arrived.name,
    }
    return judge(expression, {name: seen[name] for name in FILTER_VARIABLES[source]})
