"""A pipeline run (the product's kind *workflow*): a graph of steps that run in parallel where `needs` allows."""

import asyncio

from pydantic import JsonValue
from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError, ChildWorkflowError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.http_steps import HttpStepActivities
    from models import names
    from models.contracts.primitives.specs import PipelineSpec, RetrySpec, StepSpec
    from models.contracts.runs.facts import PlannedStep
    from models.contracts.runs.views import RunError
    from models.contracts.workflows.lifecycle import HttpStepCall, OpenedRun, RunRequest, RunResult, StepChange
    from models.contracts.workflows.map_batches import MapBatchRequest
    from models.contracts.workflows.signals import ApprovalDecision, Decided
    from models.errors import BadExpression, Invalid, LimitExceeded
    from models.kinds import KINDS, Kind
    from models.limits import MAP_BATCH_ITEMS, MAX_MAP_ITEMS, MAX_VALUE_BYTES
    from models.rules.json.sizes import check_size, json_bytes, too_large
    from models.states import StepStatus
    from workflows.map_batch import run_batch
    from workflows.options import http_step
    from workflows.runs.expressions import condition, evaluate
    from workflows.runs.failures import run_error
    from workflows.runs.lifecycle import RunLifecycle
    from workflows.runs.signals import read_argument
    from workflows.steps.agent_steps import MapItems, StepResult, agent_step, run_items
    from workflows.steps.approvals import Approvals, Decision, is_claimed


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
    def approve(self, argument: JsonValue = None) -> None:
        """Approve a step that waits for a person. The argument is an `ApprovalDecision`."""
        self._decide_by_signal("approve", True, argument)

    @workflow.signal
    def reject(self, argument: JsonValue = None) -> None:
        """Reject a step that waits for a person, which fails it. The argument is an `ApprovalDecision`."""
        self._decide_by_signal("reject", False, argument)

    @workflow.update(name="approve")
    def approve_update(self, argument: JsonValue = None) -> Decided:
        """Same as the signal, but returns the result or the error."""
        return self._decide(True, argument)

    @workflow.update(name="reject")
    def reject_update(self, argument: JsonValue = None) -> Decided:
        """Same as the signal, but returns the result or the error."""
        return self._decide(False, argument)

    @approve_update.validator
    def _may_approve(self, argument: JsonValue = None) -> None:
        self._approvals.step_for(read_argument(ApprovalDecision, argument))

    @reject_update.validator
    def _may_reject(self, argument: JsonValue = None) -> None:
        self._approvals.step_for(read_argument(ApprovalDecision, argument))

    def _decide_by_signal(self, signal: str, approved: bool, argument: JsonValue) -> None:
        try:
            decision = read_argument(ApprovalDecision, argument)
            # Before 2026-12 a decision without a name was for the only step that waited.
            must_be_named = decision.step is None and workflow.patched("decisions-name-their-step")
            decision = decision.model_copy(update={"authenticated": False})
            # The API sends updates.
            self._decided_by(Decision(approved, decision, None), must_be_named=must_be_named)
        except ApplicationError as error:
            self.refuse(signal, error)

    def _decide(self, approved: bool, argument: JsonValue) -> Decided:
        # The validator has refused what must be named; an update that is in a history was accepted.
        decision = read_argument(ApprovalDecision, argument)
        sent = self.sent("approve" if approved else "reject", argument)
        step = self._decided_by(Decision(approved, decision, sent), must_be_named=False)
        return Decided(step=step, approved=approved)

    def _decided_by(self, decision: Decision, *, must_be_named: bool) -> str:
        step = self._approvals.decide(decision, must_be_named=must_be_named)
        if not decision.approved:
            self.touches.intervene()
        return step

    async def _run_steps(self, run: OpenedRun) -> JsonValue:
        self._spec = PipelineSpec.model_validate(run.spec)
        self._approvals.steps = [step.key for step in self._spec.steps if step.action == "approval"]
        await self.steps(*(self._change(step, StepStatus.PENDING, planned=True) for step in self._spec.steps))
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
        """Run a step; an expression that its data cannot answer, or a value that is too large, fails only the step."""
        try:
            return await self._act(step)
        except Invalid as failure:
            return await self._finish(step, StepResult(StepStatus.FAILED, error=run_error(failure)))

    async def _act(self, step: StepSpec) -> StepResult:
        variables = self._variables()
        if step.when and not await condition(step.when, variables):
            await self.steps(self._change(step, StepStatus.SKIPPED, detail=f"`{step.when}` does not hold"))
            return StepResult(StepStatus.SKIPPED)
        self.tell(f"step {step.key}")
        match step.action:
            case "agent":
                return await self._agent(step, await self._input(step, variables))
            case "map":
                return await self._map(step, variables)
            case "http":
                return await self._http(step, await self._input(step, variables))
            case "wait":
                return await self._wait(step)
            case _:
                return await self._approval(step)

    async def _agent(self, step: StepSpec, given: JsonValue) -> StepResult:
        return await agent_step(self, step, self._change(step, StepStatus.RUNNING), given)

    async def _map(self, step: StepSpec, variables: dict[str, JsonValue]) -> StepResult:
        items = await evaluate(step.map or "[]", variables)
        if not isinstance(items, list):
            raise BadExpression(f"`{step.map}` does not yield a list")
        # Runs that started before 2026-12 have no batches.
        batched = len(items) > MAP_BATCH_ITEMS and workflow.patched("map-batches")
        if batched and len(items) > MAX_MAP_ITEMS:
            raise LimitExceeded(f"`{step.map}` yields {len(items):,} items; at most {MAX_MAP_ITEMS:,} are allowed")
        check_size(items, f"the list of items of step {step.key!r}")
        counted = {"facts": _planned(step, items=len(items))}
        await self.steps(
            self._change(step, StepStatus.RUNNING, detail=f"{len(items)} items").model_copy(update=counted)
        )
        slots = max(1, min(step.concurrency, self.opened.capacities.get(step.agent or "", 1)))
        change = self._change(step, StepStatus.RUNNING)
        if batched:
            return await self._map_in_batches(step, change, items, variables, slots)
        results = await run_items(self, MapItems(step, change, items, 0, variables, slots))
        failed = sum(result.status is StepStatus.FAILED for result in results)
        return await self._mapped(step, [result.output for result in results], failed)

    async def _map_in_batches(
        self,
        step: StepSpec,
        change: StepChange,
        items: list[JsonValue],
        variables: dict[str, JsonValue],
        slots: int,
    ) -> StepResult:
        known = variables if step.input else {}
        check_size(known, f"what the expressions of step {step.key!r} can see")
        outputs: list[JsonValue] = []
        size = failed = 0
        for first in range(0, len(items), MAP_BATCH_ITEMS):
            batch = MapBatchRequest(
                run=self.opened.model_copy(update={"input": None, "spec": {}}),
                step=step,
                change=change,
                items=tuple(items[first : first + MAP_BATCH_ITEMS]),
                first=first,
                variables=known,
                slots=slots,
            )
            try:
                done = await run_batch(self, batch)
            except ChildWorkflowError as failure:
                if is_cancelled_exception(failure):
                    raise
                return await self._finish(step, StepResult(StepStatus.FAILED, error=run_error(failure)))
            outputs += done.outputs
            failed += done.failed
            size += json_bytes(list(done.outputs))
            if size > MAX_VALUE_BYTES:
                raise too_large(f"the list of results of step {step.key!r}", size)
        return await self._mapped(step, outputs, failed)

    async def _mapped(self, step: StepSpec, outputs: list[JsonValue], failed: int) -> StepResult:
        if failed:
            error = RunError(type="items_failed", message=f"{failed} of {len(outputs)} items failed")
            await self.steps(self._change(step, StepStatus.FAILED, error=error))
            return StepResult(StepStatus.FAILED, outputs, error)
        await self.steps(self._change(step, StepStatus.COMPLETED))
        return StepResult(StepStatus.COMPLETED, outputs)

    async def _http(self, step: StepSpec, body: JsonValue) -> StepResult:
        call = HttpStepCall(run_id=self.opened.run_id, primitive_id=self.opened.primitive_id, key=step.key, body=body)
        await self.steps(self._change(step, StepStatus.RUNNING))
        timeout = step.http.timeout_seconds if step.http else 30
        # Runs that were opened before 2026-12 call on the queue of their workflow.
        queue = names.HTTP_QUEUE if workflow.patched("http-steps-have-a-queue") else None
        options = http_step(timeout, step.retry or RetrySpec(), f"{step.key} (HTTP)", queue)
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
        # Open for decisions before anybody can see that it waits.
        self._approvals.waiting.append(step.key)
        self.touches.ask()
        try:
            await self.steps(self._change(step, StepStatus.WAITING, detail=message or None))
            async with self.waiting(f"step {step.key} waits for approval: {message}".rstrip(": ")):
                await workflow.wait_condition(
                    lambda: step.key in self._approvals.decided, timeout=asked.timeout_seconds if asked else None
                )
        except TimeoutError:
            self.touches.intervene()
            error = RunError(type="approval_timed_out", message="not approved before the timeout")
            return await self._finish(step, StepResult(StepStatus.FAILED, error=error))
        finally:
            self._approvals.waiting.remove(step.key)
        decision = self._approvals.decided[step.key]
        given, claimed = decision.given, await is_claimed(step.key, decision)
        output: JsonValue = {
            "approved": decision.approved,
            "by": given.by,
            "byIsClaimed": claimed,
            "comment": given.comment,
        }
        if decision.approved:
            return await self._finish(step, StepResult(StepStatus.COMPLETED, output))
        by = f"{given.by} (not verified)" if claimed else given.by
        error = RunError(type="rejected", message=f"rejected by {by}: {given.comment}".rstrip(": "))
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
        planned: bool = False,
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
            facts=_planned(step) if planned else None,
        )

    def _variables(self) -> dict[str, JsonValue]:
        return {
            "dueAt": self.opened.due_at.isoformat() if self.opened.due_at else None,
            "input": self.opened.input,
            "steps": {key: result.seen() for key, result in self._results.items()},
        }

    async def _input(self, step: StepSpec, variables: dict[str, JsonValue]) -> JsonValue:
        if step.input:
            given = await evaluate(step.input, variables)
        elif step.needs:
            given = {"input": self.opened.input, "steps": {need: self._results[need].output for need in step.needs}}
        else:
            given = self.opened.input
        check_size(given, f"the input of step {step.key!r}")
        return given


def _planned(step: StepSpec, *, items: int | None = None) -> PlannedStep:
    http, wait, approval = step.http, step.wait, step.approval
    return PlannedStep(
        needs=step.needs,
        when=step.when,
        does=step.agent or (f"{http.method} {http.url}" if http else ""),
        continues=step.on_error == "continue",
        seconds=wait.seconds if wait else approval.timeout_seconds if approval else None,
        items=items,
    )
