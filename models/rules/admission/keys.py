"""Reads the values of flow control's expressions: keys as text, priorities as seconds."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from pydantic import JsonValue

from models.contracts.automations.flow_control import FlowControl
from models.errors import BadExpression
from models.rules.expressions.cel import check

VARIABLES = ("payload",)
LONGEST_KEY = 200
MOST_SHIFTED_SECONDS = 600


@dataclass(frozen=True, slots=True)
class AdmissionKeys:
    """What flow control has read from a run's input; the key of a part without an expression is empty."""

    concurrency: str = ""
    """Of concurrency and singleton, which exclude each other."""
    throttle: str = ""
    rate_limit: str = ""
    fold: str = ""
    """Of debounce and batch, which exclude each other."""
    idempotency: str = ""
    priority_seconds: float = 0.0
    error: str | None = None
    """Why an expression could not be evaluated."""
    failed: str | None = None
    """The field of this class whose expression that was."""

    def stored(self) -> dict[str, JsonValue]:
        """Return the keys as they are stored with a schedule, whose input is known beforehand."""
        return {"concurrency": self.concurrency, "throttle": self.throttle, "rate_limit": self.rate_limit} | {
            "priority_seconds": self.priority_seconds
        }


def expressions(control: FlowControl) -> dict[str, str]:
    """Return the expressions of flow control by the field of `AdmissionKeys` that takes their value."""
    found = {
        "concurrency": (control.concurrency and control.concurrency.key)
        or (control.singleton and control.singleton.key),
        "throttle": control.throttle and control.throttle.key,
        "rate_limit": control.rate_limit and control.rate_limit.key,
        "fold": (control.debounce and control.debounce.key) or (control.batch and control.batch.key),
        "idempotency": control.idempotency and control.idempotency.expression,
        "priority_seconds": control.priority,
    }
    return {name: one for name, one in found.items() if one}


def fields(control: FlowControl) -> dict[str, str]:
    """Return the dotted wire name of each expression's field, by the same names as `expressions`."""
    return {
        "concurrency": "flowControl.singleton.key" if control.singleton else "flowControl.concurrency.key",
        "throttle": "flowControl.throttle.key",
        "rate_limit": "flowControl.rateLimit.key",
        "fold": "flowControl.debounce.key" if control.debounce else "flowControl.batch.key",
        "idempotency": "flowControl.idempotency.expression",
        "priority_seconds": "flowControl.priority",
    }


def check_expressions(control: FlowControl) -> None:
    """Raise `BadExpression` for one that does not compile."""
    names = fields(control)
    for part, expression in expressions(control).items():
        check(expression, VARIABLES, field=names[part])


def read_keys(values: Mapping[str, JsonValue | BadExpression]) -> AdmissionKeys:
    """Read the values of the expressions; the first that cannot be used is the error."""
    read: dict[str, str | float] = {}
    for part, value in values.items():
        try:
            read[part] = priority_seconds(value) if part == "priority_seconds" else key_text(value)
        except BadExpression as error:
            told = f"{part.replace('_seconds', '').replace('_', ' ')}: {error.detail}"[:500]
            return AdmissionKeys(error=told, failed=part)
    return AdmissionKeys(**read)  # type: ignore[arg-type]


def key_text(value: JsonValue | BadExpression) -> str:
    """Return a value as the text of a key; one that is long is replaced by its hash.

    Raises:
        BadExpression: the expression could not be evaluated, or yields null.
    """
    if isinstance(value, BadExpression):
        raise value
    if value is None:
        raise BadExpression("the expression yields null, which is no key")
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False)
    return text if len(text) <= LONGEST_KEY else f"sha256:{sha256(text.encode()).hexdigest()}"


def priority_seconds(value: JsonValue | BadExpression) -> float:
    """Return a value as the seconds by which a run is shifted, within the bounds.

    Raises:
        BadExpression: the expression could not be evaluated, or yields no number.
    """
    if isinstance(value, BadExpression):
        raise value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadExpression("the expression must yield a number of seconds")
    return float(max(-MOST_SHIFTED_SECONDS, min(MOST_SHIFTED_SECONDS, value)))
