"""Tries the expressions of a draft's flow control on a sample, with the code that evaluates them for runs."""

from pydantic import JsonValue

from models.contracts.outlook.preview import ExpressionResult, PreviewFlowControl, PreviewRequest
from models.errors import BadExpression
from models.rules.admission.keys import VARIABLES, key_text, priority_seconds
from models.rules.expressions.cel import check
from models.rules.json.huge_numbers import huge_number
from models.states import Source
from runtime.expressions.evaluation import evaluate_all

PRIORITY = "flowControl.priority"


def evaluates_flow_control(asked: PreviewRequest) -> bool:
    """Whether the preview evaluates an expression, which costs more than a read may."""
    return bool(_expressions(asked.flow_control)) and _has_input(asked)


async def flow_control_results(asked: PreviewRequest) -> tuple[ExpressionResult, ...]:
    """Check the expressions of a draft's flow control, and try those that are valid on its sample or default input."""
    written = _expressions(asked.flow_control)
    broken = {field: error for field, one in written.items() if (error := _error_of(field, one))}
    valid = {field: one for field, one in written.items() if field not in broken}
    results = await _tried(asked, valid) if _has_input(asked) and valid else {}
    return tuple(results.get(field) or ExpressionResult(field=field, error=broken.get(field)) for field in written)


def _expressions(control: PreviewFlowControl | None) -> dict[str, str]:
    """Return the expressions by the dotted name of their field, without those that are empty."""
    if control is None:
        return {}
    keyed = ("concurrency", "throttle", "rate_limit", "debounce", "batch", "singleton")
    aliases = {name: PreviewFlowControl.model_fields[name].alias or name for name in keyed}
    found = {
        f"flowControl.{alias}.key": part.key for name, alias in aliases.items() if (part := getattr(control, name))
    }
    found["flowControl.idempotency.expression"] = control.idempotency.expression if control.idempotency else None
    found[PRIORITY] = control.priority
    return {field: one.strip() for field, one in found.items() if one and one.strip()}


def _has_input(asked: PreviewRequest) -> bool:
    # The runs of a schedule always get its payload; a trigger's only if a delivery brings none.
    return asked.sample is not None or asked.payload is not None or asked.source is Source.SCHEDULE


def _error_of(field: str, expression: str) -> str | None:
    try:
        check(expression, VARIABLES, field=field)
    except BadExpression as error:
        return error.detail
    return None


async def _tried(asked: PreviewRequest, expressions: dict[str, str]) -> dict[str, ExpressionResult]:
    payload = asked.sample.payload if asked.sample and asked.sample.payload is not None else asked.payload
    if field := huge_number(payload, "sample.payload" if asked.sample else "payload"):
        told = f"{field} is beyond the range of a double: it would be refused"
        return {one: ExpressionResult(field=one, error=told) for one in expressions}
    values = await evaluate_all([*expressions.values()], {"payload": payload})
    return {field: _result(field, value) for field, value in zip(expressions, values, strict=True)}


def _result(field: str, value: JsonValue | BadExpression) -> ExpressionResult:
    try:
        text = f"{priority_seconds(value):g}" if field == PRIORITY else key_text(value)
    except BadExpression as error:
        return ExpressionResult(field=field, error=error.detail)
    return ExpressionResult(field=field, value=text)
