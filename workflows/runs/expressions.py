"""Evaluates expressions of a run through an activity, where they have a budget."""

from collections.abc import Sequence

from pydantic import JsonValue
from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.expressions import ExpressionActivities
    from models.contracts.workflows.expressions import Conditions, Evaluation
    from models.errors import BadExpression, ExpressionTooCostly
    from models.rules.expressions import cel
    from models.rules.expressions.referenced_variables import referenced_variables
    from workflows.options import EXPRESSION
    from workflows.runs.failures import until_done

PATCH = "expressions-in-an-activity"
"""Runs that began before 2026-12 evaluate in workflow code."""

_FAILURES = {one.code: one for one in (BadExpression, ExpressionTooCostly)}


async def evaluate(expression: str, variables: dict[str, JsonValue]) -> JsonValue:
    """Return the expression's value; raise `BadExpression` if it has none or costs too much."""
    if not workflow.patched(PATCH):
        return cel.evaluate(expression, variables)
    asked = Evaluation(expression=expression, variables=referenced_variables(expression, variables))
    try:
        answer = await until_done(
            lambda: workflow.execute_local_activity_method(ExpressionActivities.evaluate, asked, **EXPRESSION)
        )
    except (ActivityError, ApplicationError) as failure:
        raise _unwrapped(failure) from failure
    return answer.value


async def condition(expression: str, variables: dict[str, JsonValue]) -> bool:
    """Evaluate a step's condition; anything but true or false is an error."""
    answer = await evaluate(expression, variables)
    if not isinstance(answer, bool):
        raise BadExpression(f"`{expression}` does not yield true or false")
    return answer


async def first_that_holds(conditions: Sequence[str], variables: dict[str, JsonValue]) -> int | None:
    """Return the position of the first condition that holds; None if none does."""
    if not workflow.patched(PATCH):
        return next((index for index, one in enumerate(conditions) if cel.holds(one, variables)), None)
    asked = Conditions(expressions=tuple(conditions), variables=variables)
    try:
        return await until_done(
            lambda: workflow.execute_local_activity_method(ExpressionActivities.first_condition, asked, **EXPRESSION)
        )
    except (ActivityError, ApplicationError) as failure:
        raise _unwrapped(failure) from failure


def _unwrapped(failure: ActivityError | ApplicationError) -> Exception:
    # The SDK wraps the error of a local activity only in some cases.
    cause = failure.cause if isinstance(failure, ActivityError) else failure
    if isinstance(cause, ApplicationError) and cause.type in _FAILURES:
        return _FAILURES[cause.type](cause.message)
    return failure
