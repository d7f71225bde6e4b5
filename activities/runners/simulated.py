"""The simulated runner: its outcome depends on seed and run id, so that a retry has the same one."""

import asyncio
import random

from pydantic import JsonValue

from activities.runners.base import RunnerContext
from models.contracts.primitives.specs import SimulatedRunner
from models.contracts.runs.views import Tokens
from models.contracts.workflows.lifecycle import AgentAnswer, AgentCall
from models.errors import AgentRefused

_INPUT_SHARE = 0.8


async def run(runner: SimulatedRunner, call: AgentCall, context: RunnerContext) -> AgentAnswer:
    """Wait for the duration, add the cost, and succeed or fail as drawn from the seed and the run's id."""
    draw = random.Random(f"{runner.seed}:{call.run_id}")
    succeeds = draw.random() < runner.success_rate
    await asyncio.sleep(runner.duration_ms / 1000)
    context.spending.book(runner.cost_usd, _tokens(runner))
    if not succeeds:
        raise AgentRefused(runner.error)
    return AgentAnswer(output=_output(runner, context), cost_usd=runner.cost_usd, tokens=context.spending.tokens)


def _tokens(runner: SimulatedRunner) -> Tokens | None:
    if not runner.tokens:
        return None
    asked = round(runner.tokens * _INPUT_SHARE)
    return Tokens(input=asked, output=runner.tokens - asked)


def _output(runner: SimulatedRunner, context: RunnerContext) -> JsonValue:
    if runner.output is not None:
        return runner.output
    return {"simulated": True, "agent": context.agent, "text": f"Simulated answer from {context.agent}."}
