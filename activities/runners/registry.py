"""The function of each type of runner.

The libraries of models and of their providers take seconds to import, so they are loaded in a thread: those of all
models by `load_models` when a worker starts, a provider's before the first call, whose time limit begins afterwards.
"""

import asyncio
import importlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from activities.runners import http, python, simulated
from activities.runners.base import RunnerContext
from models.contracts.primitives.specs import HttpRunner, ModelRunner, PythonRunner, Runner, SimulatedRunner
from models.contracts.workflows.lifecycle import AgentAnswer, AgentCall

_MODELS = "activities.runners.model"


async def load_models() -> None:
    """Import the model runner's libraries, so that the first call does not wait for them."""
    await asyncio.to_thread(importlib.import_module, _MODELS)


async def prepare(runner: Runner, context: RunnerContext) -> None:
    """Load what a runner needs before its time limit begins."""
    if isinstance(runner, ModelRunner):
        model: Any = await asyncio.to_thread(importlib.import_module, _MODELS)
        await asyncio.to_thread(model.load_provider, runner, context.http)


async def _run_model(runner: ModelRunner, call: AgentCall, context: RunnerContext) -> AgentAnswer:
    model: Any = await asyncio.to_thread(importlib.import_module, _MODELS)
    answer: AgentAnswer = await model.run(runner, call, context)
    return answer


RUNNERS: Mapping[type, Callable[[Any, AgentCall, RunnerContext], Awaitable[AgentAnswer]]] = {
    ModelRunner: _run_model,
    HttpRunner: http.run,
    PythonRunner: python.run,
    SimulatedRunner: simulated.run,
}


async def run(runner: Runner, call: AgentCall, context: RunnerContext) -> AgentAnswer:
    """Call an agent's runner."""
    return await RUNNERS[type(runner)](runner, call, context)
