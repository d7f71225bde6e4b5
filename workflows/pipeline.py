"""A pipeline run (the product's kind *workflow*): a graph of steps that run in parallel where `needs` allows."""

import asyncio
from dataclasses import dataclass, field

from pydantic import JsonValue
from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.http_steps import HttpStepActivities
    from models.contracts.lifecycle import HttpStepCall, OpenedRun, RunRequest, RunResult, StepChange
    from models.contracts.runs import RunError
    from models.contracts.signals import ApprovalDecision
    from models.contracts.specs import PipelineSpec, RetrySpec, StepSpec
    from models.errors import BadExpression
    from models.kinds import KINDS, Kind
    from models.rules.expressions.cel import evaluate
    from models.states import RunStatus, StepStatus
    from workflows.children import new_child
    from workflows.failures import run_error
    from workflows.lifecycle import RunLifecycle
    from workflows.options import ONE_ATTEMPT, http_step, retry_delay
    from workflows.stepping import child_step


@dataclass(slots=True)
class StepResult:
    """The result of a step, for the expressions of later steps."""

    status: StepStatus
    output: JsonValue = None
    error: RunError | None = None

    def seen(self) -> JsonValue:
        """Return the value of `steps.<key>` in an expression."""
        return {
            "status": self.status.value,
            "output": self.output,
            "error": self.error.wire() if self.error else None,
        }


@dataclass(slots=True)
class Approvals:
    """Steps that wait for a decision, and decisions by step key."""

    waiting: list[str] = field(default_factory=list)
    decided: dict[str, tuple[bool, ApprovalDecision]] = field(default_factory=dict)

    def decide(self, approved: bool, decision: ApprovalDecision) -> None:
        """Store a decision; one without a step is for the step that has waited longest."""
        step = decision.step or next((key for key in self.waiting if key not in self.decided), None)
        if step and step not in self.decided:
            self.decided[step] = (approved, decision)


@workflow.defn(name=KINDS[Kind.WORKFLOW].temporal_type)
class PipelineRun(RunLifecycle):
    """Runs the steps of a pipeline."""

    def __init__(self) -> None:
        super().__init__()
        self._spec = PipelineSpec.model_construct(steps=())
        self._results: dict[str, StepResult] = {}
        self._approvals = Approvals()

    @workflow.run
    async def run(self, request: RunRequest) -> RunResult:
        """Execute the run: open, body, close."""
        return await self.live(Kind.WORKFLOW, request, self._run_steps)

    @workflow.signal
    def approve(self, decision: ApprovalDecision = ApprovalDecision()) -> None:  # noqa: B008
        """Approve the step that waits for a decision."""
        self._approvals.decide(True, decision)

    @workflow.signal
    def reject(self, decision: ApprovalDecision = ApprovalDecision()) -> None:  # noqa: B008
        """Reject the step that waits for a decision, which fails it."""
        self._approvals.decide(False, decision)

    async def _run_steps(self, run: OpenedRun) -> JsonValue:
        self._spec = PipelineSpec.model_validate(run.spec)
        await self.steps(*(self._change(step, StepStatus.PENDING) for step in self._spec.steps))
        tasks: dict[str, asyncio.Task[None]] = {}
        for step in self._spec.steps:
            tasks[step.key] = asyncio.create_task(self._when_ready(step, tasks))
        try:
            await asyncio.gather(*tasks.values())
        except (Exception, asyncio.CancelledError):
            # The first failure stops the other steps; each is awaited so that none outlives the run.
            for task in tasks.values():
                task.cancel()
            await asyncio.gather(*tasks.values(), return_exceptions=True)
            raise
        needed = {need for step in self._spec.steps for need in step.needs}
        return {key: result.output for key, result in self._results.items() if key not in needed}

    async def _when_ready(self, step: StepSpec, tasks: dict[str, asyncio.Task[None]]) -> None:
        await workflow.wait_condition(lambda: all(need in self._results for need in step.needs))
        await self.unpaused()
        result = await self._run_step(step)
        if result.status is StepStatus.FAILED and step.on_error == "fail":
            error = result.error or RunError(type="step_failed", message="the step failed")
            message = f"step {step.key!r} failed: {error.message}"
            raise ApplicationError(message, type=error.type, non_retryable=True)
        self._results[step.key] = result

    async def _run_step(self, step: StepSpec) -> StepResult:
        """Run a step; an expression that its data cannot answer fails it, as any other failure does."""
        try:
            return await self._act(step)
        except BadExpression as failure:
            return await self._finish(step, StepResult(StepStatus.FAILED, error=run_error(failure)))

    async def _act(self, step: StepSpec) -> StepResult:
        variables = self._variables()
        if step.when and not _condition(step.when, variables):
            await self.steps(self._change(step, StepStatus.SKIPPED, detail=f"`{step.when}` does not hold"))
            return StepResult(StepStatus.SKIPPED)
        self.tell(f"step {step.key}")
        match step.action:
            case "agent":
                return await self._agent(step, step.key, self._input(step, variables))
            case "map":
                return await self._map(step, variables)
            case "http":
                return await self._http(step, self._input(step, variables))
            case "wait":
                return await self._wait(step)
            case _:
                return await self._approval(step)

    async def _agent(self, step: StepSpec, path: str, given: JsonValue, kind: str = "agent") -> StepResult:
        retry = step.retry or ONE_ATTEMPT
        change = self._change(step, StepStatus.RUNNING).model_copy(update={"path": path, "kind": kind})
        for attempt in range(1, retry.max_attempts + 1):
            result = await child_step(self, new_child(step.agent or "", path, given), change)
            if result.status is RunStatus.COMPLETED:
                return StepResult(StepStatus.COMPLETED, result.output)
            if attempt < retry.max_attempts:
                await self.sleep(retry_delay(retry, attempt), f"retrying step {path}")
        return StepResult(
            StepStatus.FAILED,
            error=result.error or RunError(type=result.status.value, message="the agent returned no result"),
        )

    async def _map(self, step: StepSpec, variables: dict[str, JsonValue]) -> StepResult:
        items = evaluate(step.map or "[]", variables)
        if not isinstance(items, list):
            raise BadExpression(f"`{step.map}` does not yield a list")
        await self.steps(self._change(step, StepStatus.RUNNING, detail=f"{len(items)} items"))
        slots = asyncio.Semaphore(max(1, min(step.concurrency, self.opened.capacities.get(step.agent or "", 1))))

        async def one(index: int, item: JsonValue) -> StepResult:
            async with slots:
                path = f"{step.key}.{index}"
                try:
                    given = evaluate(step.input, {**variables, "item": item}) if step.input else item
                except BadExpression as failure:
                    failed = self._change(step, StepStatus.FAILED, error=run_error(failure))
                    await self.steps(failed.model_copy(update={"path": path, "kind": "item"}))
                    return StepResult(StepStatus.FAILED, error=failed.error)
                return await self._agent(step, path, given, kind="item")

        results = await asyncio.gather(*(one(index, item) for index, item in enumerate(items)))
        failed = [result for result in results if result.status is StepStatus.FAILED]
        outputs: list[JsonValue] = [result.output for result in results]
        if failed:
            error = RunError(type="items_failed", message=f"{len(failed)} of {len(results)} items failed")
            await self.steps(self._change(step, StepStatus.FAILED, error=error))
            return StepResult(StepStatus.FAILED, outputs, error)
        await self.steps(self._change(step, StepStatus.COMPLETED))
        return StepResult(StepStatus.COMPLETED, outputs)

    async def _http(self, step: StepSpec, body: JsonValue) -> StepResult:
        call = HttpStepCall(run_id=self.opened.run_id, primitive_id=self.opened.primitive_id, key=step.key, body=body)
        await self.steps(self._change(step, StepStatus.RUNNING))
        timeout = step.http.timeout_seconds if step.http else 30
        options = http_step(timeout, step.retry or RetrySpec(), f"{step.key} (HTTP)")
        try:
            output = await workflow.execute_activity_method(HttpStepActivities.call_http_step, call, **options)
        except ActivityError as failure:
            if is_cancelled_exception(failure):
                raise
            return await self._finish(step, StepResult(StepStatus.FAILED, error=run_error(failure)))
        return await self._finish(step, StepResult(StepStatus.COMPLETED, output))

    async def _wait(self, step: StepSpec) -> StepResult:
        await self.steps(self._change(step, StepStatus.WAITING))
        await self.sleep(step.wait.seconds if step.wait else 0, f"step {step.key} waits")
        return await self._finish(step, StepResult(StepStatus.COMPLETED))

    async def _approval(self, step: StepSpec) -> StepResult:
        asked = step.approval
        message = asked.message if asked else ""
        await self.steps(self._change(step, StepStatus.WAITING, detail=message or None))
        self._approvals.waiting.append(step.key)
        try:
            async with self.waiting(f"step {step.key} waits for approval: {message}".rstrip(": ")):
                await workflow.wait_condition(
                    lambda: step.key in self._approvals.decided, timeout=asked.timeout_seconds if asked else None
                )
        except TimeoutError:
            error = RunError(type="approval_timed_out", message="not approved before the timeout")
            return await self._finish(step, StepResult(StepStatus.FAILED, error=error))
        finally:
            self._approvals.waiting.remove(step.key)
        approved, decision = self._approvals.decided[step.key]
        output: JsonValue = {"approved": approved, "by": decision.by, "comment": decision.comment}
        if approved:
            return await self._finish(step, StepResult(StepStatus.COMPLETED, output))
        error = RunError(type="rejected", message=f"rejected by {decision.by}: {decision.comment}".rstrip(": "))
        return await self._finish(step, StepResult(StepStatus.FAILED, output, error))

    async def _finish(self, step: StepSpec, result: StepResult) -> StepResult:
        await self.steps(self._change(step, result.status, output=result.output, error=result.error))
        return result

    def _change(
        self,
        step: StepSpec,
        status: StepStatus,
        *,
        detail: str | None = None,
        output: JsonValue = None,
        error: RunError | None = None,
    ) -> StepChange:
        return StepChange(
            path=step.key,
            key=step.key,
            kind=step.action,
            status=status,
            position=self._spec.steps.index(step),
            detail=detail,
            output=output,
            error=error,
        )

    def _variables(self) -> dict[str, JsonValue]:
        return {
            "input": self.opened.input,
            "steps": {key: result.seen() for key, result in self._results.items()},
        }

    def _input(self, step: StepSpec, variables: dict[str, JsonValue]) -> JsonValue:
        if step.input:
            return evaluate(step.input, variables)
        if not step.needs:
            return self.opened.input
        return {"input": self.opened.input, "steps": {need: self._results[need].output for need in step.needs}}


def _condition(expression: str, variables: dict[str, JsonValue]) -> bool:
    """Evaluate a step's condition; anything but true or false is an error."""
    answer = evaluate(expression, variables)
    if not isinstance(answer, bool):
        raise BadExpression(f"`{expression}` does not yield true or false")
    return answer
