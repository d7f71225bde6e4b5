"""The lifecycle that runs of all five kinds share: open, body, close; and pause, resume, cancel and progress.

The file of a kind contains only its body. However the body ends, the run is closed with its outcome.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, nullcontext
from datetime import datetime, timedelta
from typing import Any, TypeVar

from pydantic import JsonValue
from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError, FailureError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from uuid import UUID

    from models import names
    from models.contracts.runs.facts import RunFacts
    from models.contracts.workflows.lifecycle import (
        OpenedRun,
        OpenRun,
        RunOutcome,
        RunRequest,
        RunResult,
        StepChange,
    )
    from models.contracts.workflows.signals import (
        BY_FLOW_CONTROL,
        CancelAccepted,
        CancelRequest,
        RefusedSignal,
        RunPause,
        RunProgress,
        SentMessage,
        SignalNote,
    )
    from models.errors import NotStorable
    from models.kinds import Kind
    from models.rules.json.sizes import check_size
    from models.states import HeldBy, RunStatus
    from workflows.runs.doing import Doing, Text
    from workflows.runs.failures import run_error
    from workflows.runs.outcomes import outcome_of, uncancelled
    from workflows.runs.row import close_run, mark_run, open_run, record_pause, recorded_output
    from workflows.runs.senders import sent_message
    from workflows.runs.signals import check_cancel, read_argument
    from workflows.runs.step_log import StepLog, record_steps
    from workflows.runs.touches import Touches

Answer = TypeVar("Answer")
Body = Callable[[OpenedRun], Awaitable[JsonValue]]
REFUSED_KEPT = 10


class RunLifecycle:
    """Base class of the Temporal workflow of every kind; `live` executes a run."""

    def __init__(self) -> None:
        """Set the state that handlers see before the run is open."""
        self._run: OpenedRun | None = None
        self._status = RunStatus.QUEUED
        self._doing = Doing()
        self._paused: SignalNote | None = None
        self._pause_sent: SentMessage | None = None
        self._pause_is_verified = False
        self._recording = asyncio.Lock()
        self._proofs: set[str] = set()
        self._cancel: CancelRequest | None = None
        self._body: asyncio.Task[Any] | None = None
        self._ending_since: datetime | None = None
        self._cancelled_before = False
        self._is_child = False
        self._run_id: UUID | None = None
        self._steps = StepLog()
        self._is_decided = False
        self._refused: list[RefusedSignal] = []
        self.touches = Touches()
        self._facts: RunFacts | None = None

    @workflow.signal(unfinished_policy=workflow.HandlerUnfinishedPolicy.ABANDON)
    async def pause(self, argument: JsonValue = None) -> None:
        """Hold before the next step; what is under way goes on. The argument is a `SignalNote`."""
        try:
            self._paused, self._pause_sent = read_argument(SignalNote, argument), self.sent("pause", argument)
            self._pause_is_verified = False
        except ApplicationError as error:
            self.refuse("pause", error)
            return
        self.touches.intervene()
        await self._record_pause()

    @workflow.signal(unfinished_policy=workflow.HandlerUnfinishedPolicy.ABANDON)
    async def resume(self, argument: JsonValue = None) -> None:
        """Go on after a pause. The argument is a `SignalNote`."""
        try:
            read_argument(SignalNote, argument)
        except ApplicationError as error:
            self.refuse("resume", error)
            return
        self.touches.intervene()
        self._paused = None
        await self._record_pause()

    @workflow.update
    def cancel(self, request: CancelRequest = CancelRequest()) -> CancelAccepted:  # noqa: B008
        """Cancel the run and its children; returns at once, and the run closes when all of them have stopped."""
        self._cancel = request
        if request.by != BY_FLOW_CONTROL:
            self.touches.intervene()
        self._ending_since = workflow.now()
        if self._body:
            self._body.cancel()
        return CancelAccepted(run_id=self._run_id, reason=request.reason)

    @cancel.validator
    def _may_cancel(self, request: CancelRequest = CancelRequest()) -> None:  # noqa: B008
        since = self._ending_since.isoformat() if self._ending_since else None
        if self._cancel:
            raise ApplicationError("the run is already being cancelled", since, type="already_finished")
        if self._body and self._body.done():
            raise ApplicationError("the run has finished", since, type="already_finished")
        check_cancel(request)

    @workflow.query
    def progress(self) -> RunProgress:
        """Return what the run is doing and the state of its steps."""
        return RunProgress(
            run_id=self._run_id,
            status=self._status,
            doing=self._doing.now(),
            paused=self._paused is not None,
            steps=tuple(self._steps.states.values()),
            refused=tuple(self._refused),
        )

    def refuse(self, signal: str, error: FailureError) -> None:
        """Show a signal that cannot be applied: it has no other answer."""
        reason = run_error(error).message
        workflow.logger.warning("signal %s refused: %s", signal, reason)
        self._refused = [
            *self._refused[1 - REFUSED_KEPT :],
            RefusedSignal(signal=signal, reason=reason, at=workflow.now()),
        ]
        workflow.set_current_details(f"{self._doing.now()}\n\nSignal `{signal}` was refused: {reason}")

    def sent(self, message: str, argument: JsonValue) -> SentMessage | None:
        """Return the message that is being handled, if it came with a proof that was not used before."""
        return sent_message(message, argument, self._proofs)

    async def live(self, kind: Kind, request: RunRequest, body: Body) -> RunResult:
        """Execute the run: open, body, close.

        1. Open it, when flow control lets it start. A run that is not admitted ends here, with the reason.
        2. Run the body of the kind until it completes, fails or is cancelled.
        3. Close it with the outcome.
        4. End the Temporal workflow with the same outcome, so that Temporal's UI agrees.

        Raises:
            ApplicationError: the run failed; its type is the run's error type.
            CancelledError: the run was cancelled through Temporal itself.
        """
        run = await self._decided(kind, request)
        self._is_child = request.child is not None
        self._run, self._run_id, self._status = run, run.run_id, run.status
        if run.held_by is not None:
            cancelled = outcome_of(run, RunStatus.CANCELLED, reason=self._cancelled())
            self._status = await uncancelled(close_run(self.touches.on(cancelled)))
            return self._ended(cancelled)
        if not run.admitted:
            self._doing.end(run.reason or run.status.value)
            return RunResult(run_id=run.run_id, status=run.status, reason=run.reason)
        if request.run_id is None:
            workflow.upsert_search_attributes([names.ROOT_RUN_ATTRIBUTE.value_set(str(run.root_run_id))])
        if self._paused:
            await self._record_pause()
        outcome = await self._outcome(run, body)
        self._ending_since = self._ending_since or workflow.now()
        outcome_with_facts = outcome.model_copy(update={"facts": self._facts})
        self._status = await uncancelled(close_run(self.touches.on(outcome_with_facts)))
        if outcome.status is RunStatus.COMPLETED and self._status is RunStatus.FAILED:
            failure = NotStorable("what the run returned cannot be stored; its row has the reason")
            outcome = outcome_of(run, RunStatus.FAILED, failure=failure)
        elif outcome.status is RunStatus.FAILED and self._status is RunStatus.COMPLETED:
            # The agent's answer was recorded although the call failed, for example because its worker was lost.
            output = await uncancelled(recorded_output(self.opened.run_id))
            outcome = outcome_of(run, RunStatus.COMPLETED, output=output)
        self._doing.end(outcome.reason or self._status.value)
        return self._ended(outcome)

    async def decision(self, held_by: HeldBy) -> bool:
        """Wait until something has been decided about a run that waits for its admission; False if it is cancelled."""
        if self._cancelled_before:
            return False
        # The activity that has opened it is over, but the run is not.
        self._body = None
        self.tell(f"waiting for its admission ({held_by.value})")
        # Not one of the kind's signals: nobody but Podium sends it, and what was decided is on the run's row.
        workflow.set_signal_handler(names.ADMITTED_SIGNAL, self._note_decision)
        try:
            await workflow.wait_condition(lambda: self._is_decided or self._cancel is not None)
        except asyncio.CancelledError:
            # Temporal tells it only once.
            self._cancelled_before = True
        self._is_decided = False
        return self._cancel is None and not self._cancelled_before

    def _note_decision(self) -> None:
        self._is_decided = True

    async def _decided(self, kind: Kind, request: RunRequest) -> OpenedRun:
        """Open the run; one that waits for its admission is opened again until it is decided, or cancelled."""
        run = await uncancelled(open_run(self.opening(kind, request)))
        while run.held_by is not None and await self.decision(run.held_by):
            run = await uncancelled(open_run(self.opening(kind, request)))
        return run

    async def cancellable(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        """Await work before the run is open, which the update `cancel` cancels; the run is then closed as cancelled."""
        task = asyncio.create_task(work)
        self._body = task
        try:
            return await task
        except (Exception, asyncio.CancelledError) as failure:
            self._cancelled_before = is_cancelled_exception(failure)
            raise

    def done(self, result: RunResult) -> RunResult:
        """Note, and return, the result of a run that was opened and closed elsewhere."""
        self._run_id, self._status = result.run_id, result.status
        self._doing.end(result.reason or result.status.value)
        return result

    async def steps(self, *changes: StepChange) -> None:
        """Store the new state of steps."""
        await record_steps(self._steps, self.opened.run_id, changes)

    async def unpaused(self) -> None:
        """Wait until the run is not paused."""
        if self._paused:
            async with self.waiting(self.paused_by):
                await workflow.wait_condition(lambda: self._paused is None)

    @property
    def paused(self) -> SignalNote | None:
        """Who pauses the run; None while it goes on."""
        return self._paused

    async def sleep(self, seconds: float, doing: str) -> None:
        """Wait for a durable timer."""
        async with self.waiting(doing):
            await workflow.sleep(timedelta(seconds=seconds), summary=doing)

    @asynccontextmanager
    async def waiting(self, doing: Text) -> AsyncIterator[None]:
        """Mark the run as waiting, and say for what, while the block lasts.

        Nothing is awaited where a cancellation ends the block, or the worker evicts the run from its cache.
        """
        self._doing.wait(doing)
        if len(self._doing.waits) == 1:
            await self._mark(RunStatus.WAITING)
        try:
            yield
        except Exception:
            await self._waited(doing)
            raise
        await self._waited(doing)

    async def _waited(self, doing: Text) -> None:
        self._doing.waited(doing)
        if not self._doing.waits:
            await self._mark(RunStatus.RUNNING)

    def tell(self, doing: str) -> None:
        """Set what the run is doing while it waits for nothing."""
        self._doing.tell(doing)

    def paused_by(self) -> str:
        """Return who pauses the run, and whether only the sender says so."""
        by = self._paused.by if self._paused else "nobody"
        return f"paused by {by}" if self._pause_is_verified else f"paused by {by} (not verified)"

    @property
    def opened(self) -> OpenedRun:
        """The run; raises where it is not open yet."""
        if self._run is None:
            raise ApplicationError("the run is not open", type="internal", non_retryable=True)
        return self._run

    def opening(self, kind: Kind, request: RunRequest) -> OpenRun:
        """Return what the run is opened with."""
        info = workflow.info()
        nominal_time = info.typed_search_attributes.get(names.NOMINAL_TIME_ATTRIBUTE)
        due_at = nominal_time or info.start_time.replace(microsecond=0)
        self._run_id = request.run_id
        return OpenRun(
            request=request,
            kind=kind,
            due_at=None if request.run_id else due_at,
            started_at=workflow.now(),
            temporal_workflow_id=info.workflow_id,
            temporal_run_id=info.run_id,
            call_is_claimed=True,
        )

    async def _outcome(self, run: OpenedRun, body: Body) -> RunOutcome:
        self.tell("running")
        self._body = asyncio.create_task(_run_body(body, run))
        if self._cancel or self._cancelled_before:
            self._body.cancel()
        try:
            output = await self._body
            check_size(output, "the output of the run")
        except (Exception, asyncio.CancelledError) as failure:
            if self._being_cancelled() and is_cancelled_exception(failure):
                return outcome_of(run, RunStatus.CANCELLED, reason=self._cancelled())
            return outcome_of(run, RunStatus.FAILED, failure=failure)
        return outcome_of(run, RunStatus.COMPLETED, output=output)

    def _cancelled(self) -> str:
        """Return why the run is cancelled; somebody has done it, unless its parent is being cancelled."""
        if self._cancel:
            return self._cancel.reason
        if not self._is_child:
            self.touches.intervene()
        return "cancelled through Temporal"

    def _ended(self, outcome: RunOutcome) -> RunResult:
        if outcome.status is RunStatus.CANCELLED and self._cancel is None:
            raise asyncio.CancelledError(outcome.reason)
        if outcome.status is RunStatus.FAILED and outcome.error:
            raise ApplicationError(outcome.error.message, type=outcome.error.type, non_retryable=True)
        return RunResult(run_id=outcome.run_id, status=outcome.status, output=outcome.output, reason=outcome.reason)

    async def _mark(self, status: RunStatus) -> None:
        self._status = status
        await mark_run(self.opened.run_id, status)

    async def _record_pause(self) -> None:
        """Write on the row that the run is held, or no longer; before it is open, `live` does it."""
        # Runs that were signalled before 2026-12 recorded nothing here.
        if self._run is None or not self._run.admitted or not workflow.patched("pause-is-recorded"):
            return
        # Before 2027 two that came together were recorded side by side, and the older one could come last.
        in_turn = self._recording if workflow.patched("pauses-are-recorded-in-turn") else nullcontext()
        async with in_turn:
            note, sent = self._paused, self._pause_sent if self._paused else None
            pause = RunPause(run_id=self._run.run_id, paused=note, at=workflow.now(), sent=sent)
            try:
                verified = await record_pause(pause)
            except (ActivityError, ApplicationError) as failure:
                # An error in a signal's handler would end the workflow and leave the run open.
                if is_cancelled_exception(failure):
                    raise
                workflow.logger.warning("the pause is not recorded: %s", run_error(failure).message)
                return
            if self._paused is note:
                self._pause_is_verified = verified
                self._doing.show()

    def _being_cancelled(self) -> bool:
        return self._body is not None and self._body.cancelling() > 0


async def _run_body(body: Body, run: OpenedRun) -> JsonValue:
    return await body(run)
