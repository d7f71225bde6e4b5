"""Evaluates expressions within a budget of time, memory, data and result size, off the event loop."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import JsonValue

from models.contracts.automations.flow_control import FlowControl
from models.errors import BadExpression, ExpressionTooCostly, FilterTooCostly
from models.rules.admission.keys import AdmissionKeys, expressions, read_keys
from models.rules.expressions.cel import ConditionResult
from models.rules.expressions.filters import FilterInput, filter_variables
from models.states import Source
from models.store.admission.admit import control_of
from models.store.tables.automations import Automation
from runtime.expressions.pool import POOL, Asked

Judged = ConditionResult | BadExpression


async def evaluate(expression: str, variables: Mapping[str, JsonValue]) -> JsonValue:
    """Return the expression's value as JSON.

    Raises:
        BadExpression: It does not compile, or a field that it reads is missing.
        ExpressionTooCostly: It needs more than its budget.
    """
    (answer,) = await _answers([("evaluate", expression)], variables)
    if isinstance(answer, BadExpression):
        raise answer
    value: JsonValue = answer["value"]
    return value


async def evaluate_all(asked: Sequence[str], variables: Mapping[str, JsonValue]) -> list[JsonValue | BadExpression]:
    """Return the value of each expression, or its error; one expression's error leaves the others alone."""
    answers = await _answers([("evaluate", one) for one in asked], variables)
    return [one if isinstance(one, BadExpression) else one["value"] for one in answers]


async def admission_keys(control: FlowControl, payload: JsonValue) -> AdmissionKeys:
    """Return what the expressions of a flow control yield for the input of a run."""
    asked = expressions(control)
    values = await evaluate_all([*asked.values()], {"payload": payload})
    return read_keys(dict(zip(asked, values, strict=True)))


async def keys_of_run(automation: Automation, payload: JsonValue) -> AdmissionKeys | None:
    """Return the keys of a run of an automation for its input; None if the automation has no limits."""
    if not automation.is_controlled:
        return None
    control = control_of(automation)
    return await admission_keys(control, payload) if control else AdmissionKeys()


async def judge_all(expressions: Sequence[str], variables: Mapping[str, JsonValue]) -> list[Judged]:
    """Return for each condition whether it holds, or the error; one condition's error leaves the others alone."""
    answers = await _answers([("judge", one) for one in expressions], variables)
    return [one if isinstance(one, BadExpression) else ConditionResult(one["holds"], one["reason"]) for one in answers]


async def judge_filters(source: Source, filters: Sequence[str], arrived: FilterInput) -> list[Judged]:
    """Return for each filter whether a delivery passes, or the error."""
    judged = await judge_all(filters, filter_variables(source, arrived))
    return [
        FilterTooCostly(one.detail, hint=one.hint) if isinstance(one, ExpressionTooCostly) else one for one in judged
    ]


async def _answers(asked: Sequence[Asked], variables: Mapping[str, JsonValue]) -> list[Any]:
    if not asked:
        return []
    answers = await asyncio.get_running_loop().run_in_executor(POOL.threads, POOL.evaluate, asked, variables)
    for answer in answers:
        if isinstance(answer, Exception) and not isinstance(answer, BadExpression):
            raise answer
    return answers


def warm() -> None:
    """Start an evaluator ahead of the first expression."""
    POOL.warm()
