"""The python runner: a function of an allowed module, as `module:function`, in a process of its own.

Only modules that the operator has allowed are imported, and only functions that such a module defines and lists in
`__podium_agents__` are called.
"""

from typing import Any

from activities.runners.base import RunnerContext
from activities.runners.python_process import PythonCall
from models.contracts.primitives.specs import PythonRunner
from models.contracts.workflows.lifecycle import AgentAnswer, AgentCall
from models.errors import AgentAnswerInvalid, AgentRefused, AgentTimedOut, RunnerFailed
from models.rules.specs.runners import is_allowed

__all__ = ("PythonCall", "run")

_RAISED = {error.code: error for error in (AgentRefused, AgentAnswerInvalid, AgentTimedOut)}


async def run(runner: PythonRunner, call: AgentCall, context: RunnerContext) -> AgentAnswer:
    """Call the function in a process, which is killed when the call is cancelled or times out.

    Raises:
        AgentRefused: the module is not allowed, or has no such agent.
        RunnerFailed: the function raised, or ended its process.
    """
    module, _, name = runner.function.partition(":")
    if not is_allowed(module, context.settings.python_agent_modules):
        raise AgentRefused(f"the module {module} is not allowed", hint="Add it to PODIUM_PYTHON_AGENT_MODULES.")
    context.spending.book(runner.cost_usd)
    answer = await context.python.call(
        {
            "module": module,
            "name": name,
            "input": call.input,
            "run_id": call.run_id,
            "root_run_id": call.root_run_id,
            "agent": context.agent,
            "attempt": context.attempt,
            "chain": context.chain(),
            "due_at": call.due_at.isoformat() if call.due_at else None,
        }
    )
    _refuse(answer)
    return AgentAnswer.model_construct(output=answer["output"], cost_usd=runner.cost_usd, tokens=None, model=None)


def _refuse(answer: dict[str, Any]) -> None:
    match answer:
        case {"refused": detail}:
            hint = "Define the function in the module and list its name in __podium_agents__."
            raise AgentRefused(detail, hint=hint)
        case {"invalid": detail}:
            raise AgentAnswerInvalid(detail)
        case {"code": code, "detail": detail, "hint": hint}:
            raise _RAISED.get(code, RunnerFailed)(detail, hint=hint)
        case {"raised": detail}:
            raise RunnerFailed(detail)
