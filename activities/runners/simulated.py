"""The made-up agent: its outcome, cost and tokens are drawn once a run, so that a retry cannot change its luck."""

import asyncio
import random
from decimal import Decimal

from pydantic import JsonValue

from activities.runners.base import RunnerContext
from models.contracts.lifecycle import AgentAnswer, AgentCall
from models.contracts.runs import Tokens
from models.contracts.specs import SimulatedRunner
from models.errors import AgentRefused

_SPREAD = 0.2
_INPUT_SHARE = 0.8
_CENTS_OF_CENTS = Decimal("0.00000001")


async def run(runner: SimulatedRunner, call: AgentCall, context: RunnerContext) -> AgentAnswer:
    """Take the run's time, spend its money, and answer or fail as drawn from the seed and the run's id."""
    draw = random.Random(f"{runner.seed}:{call.run_id}")
    succeeds = draw.random() < runner.success_rate
    factor = draw.uniform(1 - _SPREAD, 1 + _SPREAD)
    await asyncio.sleep(runner.duration_ms / 1000)
    cost = None if runner.cost_usd is None else (runner.cost_usd * Decimal(factor)).quantize(_CENTS_OF_CENTS)
    context.spending.book(cost, _tokens(runner, factor))
    if not succeeds:
        raise AgentRefused(runner.error)
    return AgentAnswer(output=_output(runner, context), cost_usd=cost, tokens=context.spending.tokens)


def _tokens(runner: SimulatedRunner, factor: float) -> Tokens | None:
    if not runner.tokens:
        return None
    total = round(runner.tokens * factor)
    asked = round(total * _INPUT_SHARE)
    return Tokens(input=asked, output=total - asked)


def _output(runner: SimulatedRunner, context: RunnerContext) -> JsonValue:
    if runner.output is not None:
        return runner.output
    return {"simulated": True, "agent": context.agent, "text": f"{context.agent} did its part, in pretence."}
