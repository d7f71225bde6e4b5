"""Sends a message to a Temporal workflow with the proof of its sender, in a header: workflows of older versions, which
refuse an argument that they do not know, go on without it.
"""

from dataclasses import replace
from typing import Any

from temporalio.api.common.v1 import Payload
from temporalio.client import (
    Client,
    Interceptor,
    OutboundInterceptor,
    SignalWorkflowInput,
    StartWorkflowUpdateInput,
    WorkflowUpdateHandle,
)

from models.names import PROOF_HEADER


def with_proof(client: Client, proof: str) -> Client:
    """Return a client on the same connection whose signals and updates carry the proof."""
    config = client.config()
    config["interceptors"] = [*config["interceptors"], _Proving(proof)]
    return Client(**config)


class _Proving(Interceptor):
    def __init__(self, proof: str) -> None:
        self._header = {PROOF_HEADER: Payload(metadata={"encoding": b"binary/plain"}, data=proof.encode())}

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:
        return _Outbound(next, self._header)


class _Outbound(OutboundInterceptor):
    def __init__(self, next: OutboundInterceptor, header: dict[str, Payload]) -> None:
        super().__init__(next)
        self._header = header

    async def signal_workflow(self, input: SignalWorkflowInput) -> None:
        await super().signal_workflow(replace(input, headers={**input.headers, **self._header}))

    async def start_workflow_update(self, input: StartWorkflowUpdateInput) -> WorkflowUpdateHandle[Any]:
        return await super().start_workflow_update(replace(input, headers={**input.headers, **self._header}))
