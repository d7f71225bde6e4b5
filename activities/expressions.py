"""Evaluates the expressions of runs, outside of workflow code: a costly one must not hold up a workflow task."""

from temporalio import activity

from models.contracts.workflows.expressions import Conditions, Evaluated, Evaluation
from models.errors import BadExpression
from models.rules.expressions.referenced_variables import referenced_variables
from runtime.expressions.evaluation import evaluate, judge_all


class ExpressionActivities:
    """The activities; each evaluation has a budget."""

    @activity.defn(name="evaluate-expression")
    async def evaluate(self, asked: Evaluation) -> Evaluated:
        """Return the value of an expression."""
        return Evaluated(value=await evaluate(asked.expression, asked.variables))

    @activity.defn(name="first-condition")
    async def first_condition(self, asked: Conditions) -> int | None:
        """Return the position of the first condition that holds; None if none does."""
        for index, condition in enumerate(asked.expressions):
            # Each with its own data: one that reads little does not cost what another reads.
            (judged,) = await judge_all([condition], referenced_variables(condition, asked.variables))
            if isinstance(judged, BadExpression):
                raise judged
            if judged.holds:
                return index
        return None
