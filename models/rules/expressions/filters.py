"""Whether what arrives gets through an automation's filter.

The rule kept here: what a filter sees is decided here alone, for deliveries, replays and samples alike.
"""

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
    """The variables of a filter: the payload, the stored headers, and the event's or command's name."""

    payload: JsonValue
    headers: Mapping[str, str] = field(default_factory=dict)
    name: str = ""


def check_filter(source: Source, expression: str) -> None:
    """Refuse a filter that cannot be carried out for a source; the error names the dotted field."""
    check(expression, FILTER_VARIABLES[source], field=f"{source.value}.filter", yields=bool)


def judged(source: Source, expression: str | None, given: FilterInput) -> Verdict:
    """Tell whether something that arrived gets through; no filter lets everything.

    Raises:
        BadExpression: the filter does not compile, or it takes too long.
    """
    if expression is None:
        return NO_FILTER
    seen: dict[str, JsonValue] = {
        "payload": given.payload,
        "headers": dict(given.headers),
        "name": given.name,
    }
    return judge(expression, {name: seen[name] for name in FILTER_VARIABLES[source]})
