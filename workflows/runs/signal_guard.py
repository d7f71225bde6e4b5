"""Drops signals whose number of arguments their handler cannot take, and shows handlers the proof of their message.

The SDK drops a signal that it cannot decode. One with too many arguments, such as a second `--input` of the `temporal`
command, would instead fail the workflow task for ever.
"""

import inspect
from typing import Any

from temporalio import workflow
from temporalio.exceptions import ApplicationError
from temporalio.worker import (
    HandleSignalInput,
    HandleUpdateInput,
    Interceptor,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
)

with workflow.unsafe.imports_passed_through():
    from workflows.runs.lifecycle import RunLifecycle
    from workflows.runs.senders import proof_of
    from workflows.runs.signals import invalid


class SignalGuard(Interceptor):
    """The interceptor that the worker installs."""

    def workflow_interceptor_class(self, _: WorkflowInterceptorClassInput) -> type[WorkflowInboundInterceptor]:
        return _Inbound


class _Inbound(WorkflowInboundInterceptor):
    async def handle_signal(self, input: HandleSignalInput) -> None:
        run = workflow.instance()
        refusal = _refusal(run, input)
        if refusal is None:
            with proof_of(input.headers):
                return await super().handle_signal(input)
        if isinstance(run, RunLifecycle):
            run.refuse(input.signal, refusal)
        else:
            workflow.logger.warning("signal %s refused: %s", input.signal, refusal.message)

    async def handle_update_handler(self, input: HandleUpdateInput) -> Any:
        with proof_of(input.headers):
            return await super().handle_update_handler(input)


def _refusal(run: object, given: HandleSignalInput) -> ApplicationError | None:
    # Every handler has its signal's name. The SDK's own lookup returns a wrapper that hides the parameters.
    handler = getattr(type(run), given.signal, None)
    if handler is None:
        return None
    try:
        inspect.signature(handler).bind(run, *given.args)
    except TypeError:
        return invalid(f"it was sent with {len(given.args)} arguments; send one", "argument")
    return None
