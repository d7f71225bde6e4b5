"""Which function runs which runner: one row a type.

The model runner's libraries take seconds to import, so they are loaded when the first model is called, or at the
worker's start by `load_models`, in a thread either way.
"""

import asyncio
import importlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from activities.runners import http, python, simulated
from activities.runners.base import RunnerContext
from models.contracts.lifecycle import AgentAnswer, AgentCall
from models.contracts.specs import HttpRunner, ModelRunner, PythonRunner, Runner, SimulatedRunner

_MODELS = "activities.runners.model"


async def load_models() -> None:
    """Import what the model runner needs, so that the first call does not wait for it."""
    await asyncio.to_thread(importlib.import_module, _MODELS)


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
    """Call an agent's runner, whatever its type."""
    return await RUNNERS[type(runner)](runner, call, context)
