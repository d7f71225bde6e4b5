"""The python runner: a function of an allowed module, as `module:function`.

Only modules that the operator has allowed are imported.
"""

import asyncio
import importlib
import inspect
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from activities.runners.base import RunnerContext
from models.contracts.lifecycle import AgentAnswer, AgentCall
from models.contracts.specs import PythonRunner
from models.errors import AgentRefused, PodiumError, RunnerFailed
from models.rules.specs.runners import is_allowed


@dataclass(frozen=True, slots=True)
class PythonCall:
    """The second argument of functions that take two."""

    run_id: uuid.UUID
    root_run_id: uuid.UUID
    agent: str
    attempt: int


async def run(runner: PythonRunner, call: AgentCall, context: RunnerContext) -> AgentAnswer:
    """Call the function: an `async def` on the event loop, others in a thread.

    Raises:
        AgentRefused: the module is not allowed, or has no such function.
        RunnerFailed: the function raised.
    """
    function = await _load(runner.function, context.settings.python_agent_modules)
    details = PythonCall(call.run_id, call.root_run_id, context.agent, context.attempt)
    arguments = (call.input, details) if _takes_two(function) else (call.input,)
    context.spending.book(runner.cost_usd)
    try:
        if inspect.iscoroutinefunction(function):
            output = await function(*arguments)
        else:
            output = await asyncio.to_thread(function, *arguments)
    except PodiumError:
        raise
    except Exception as error:
        raise RunnerFailed(f"{type(error).__name__}: {error}") from error
    return AgentAnswer.model_construct(output=output, cost_usd=runner.cost_usd, tokens=None, model=None)


async def _load(path: str, allowed: tuple[str, ...]) -> Callable[..., Any]:
    module_name, _, name = path.partition(":")
    if not is_allowed(module_name, allowed):
        raise AgentRefused(f"the module {module_name} is not allowed", hint="Add it to PODIUM_PYTHON_AGENT_MODULES.")
    try:
        module = await asyncio.to_thread(importlib.import_module, module_name)
    except Exception as error:
        raise AgentRefused(f"the module {module_name} cannot be imported: {error}") from error
    function = getattr(module, name, None)
    if not callable(function):
        raise AgentRefused(f"the module {module_name} has no function {name}")
    return function  # type: ignore[no-any-return]


def _takes_two(function: Callable[..., Any]) -> bool:
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    needed = [p for p in inspect.signature(function).parameters.values() if p.kind in positional]
    return len(needed) >= 2
