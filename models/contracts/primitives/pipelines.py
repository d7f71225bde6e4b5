"""The steps of a pipeline, which is our word for the primitive kind `workflow`."""

from typing import Annotated, Literal

from pydantic import Field

from models.contracts.base import Contract, Expression, Slug
from models.contracts.primitives.headers import Headers
from models.contracts.primitives.runners import RetrySpec

STEP_KEY_PATTERN = r"^[A-Za-z_][A-Za-z0-9_-]{0,62}$"
StepKey = Annotated[str, Field(pattern=STEP_KEY_PATTERN, examples=["fetch"])]


class HttpStep(Contract):
    """Sends one HTTP request with the step's input as JSON body; a GET has no body.

    The output is the answer's JSON, or its text if it is not JSON. Status 408, 409, 425, 429 and 5xx are retried; any
    other that is not 2xx fails the step, also a redirect, which is not followed. Podium sends
    `Content-Type: application/json` and `Idempotency-Key: <run id>/<step key>` unless `headers` says otherwise.
    """

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "POST"
    """HTTP method."""
    url: str
    """The address (http or https). A private address must be named in `PODIUM_ALLOWED_PRIVATE_ADDRESSES`."""
    headers: Headers = Field(default_factory=dict)
    """Headers of the request."""
    timeout_seconds: float = Field(30.0, gt=0, le=600)
    """Time limit of one attempt, in seconds."""


class WaitStep(Contract):
    """A durable timer. It survives restarts of the worker and of Temporal."""

    seconds: float = Field(gt=0, le=31_536_000)
    """How long to wait, in seconds; at most a year."""


class ApprovalStep(Contract):
    """Waits for a person, who sends the signal `approve` or `reject`.

    The output is `{"approved": true, "by": ..., "comment": ...}`. A rejection, or no decision in time, fails the step.
    """

    message: str = ""
    """The question to decide; shown while the run waits."""
    timeout_seconds: float = Field(604_800.0, gt=0, le=31_536_000)
    """How long to wait for a decision, in seconds."""


class StepSpec(Contract):
    """One step of a pipeline: exactly one of `agent`, `http`, `wait` and `approval`."""

    key: StepKey
    """The step's name in `needs`, in expressions (`steps.<key>`) and in signals. Unique in the pipeline."""
    agent: Slug | None = None
    """Slug of the agent to run. Each call is a child run."""
    http: HttpStep | None = None
    """An HTTP request to send."""
    wait: WaitStep | None = None
    """A timer to wait for."""
    approval: ApprovalStep | None = None
    """A decision to wait for."""
    needs: tuple[StepKey, ...] = ()
    """Keys of the steps that must end first. Independent steps run in parallel."""
    when: Expression | None = None
    """CEL over `input` and `steps` that yields true or false. false skips the step."""
    input: Expression | None = None
    """CEL over `input` and `steps` (in a map also `item`) that yields the step's input.

    Default: the run's input if the step needs nothing, else `{"input": run's input, "steps": {key: output}}` of the
    steps in `needs`; in a map the item itself.
    """
    map: Expression | None = None
    """CEL over `input` and `steps` that yields a list. The agent runs once per item; the output is the list of outputs.

    Only with `agent`; at most 5,000 items. The step fails if any item fails.
    """
    concurrency: int = Field(5, ge=1, le=100)
    """Maximum concurrent items of a map, limited by the agent's capacity."""
    retry: RetrySpec | None = None
    """Retries of the step. Default: an agent step runs once (the agent's own `retry` still applies to each call), an
    HTTP step is tried 3 times."""
    on_error: Literal["fail", "continue"] = "fail"
    """What a failed step does: `fail` ends the run as failed, `continue` lets later steps see
    `steps.<key>.status == "failed"`."""

    @property
    def action(self) -> str:
        """One of agent, map, http, wait and approval."""
        if self.agent:
            return "map" if self.map else "agent"
        return "http" if self.http else "wait" if self.wait else "approval"
