"""Stores the lifecycle of runs in PostgreSQL: each activity is one transaction and idempotent."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar
from uuid import UUID

import structlog
from psycopg.errors import ForeignKeyViolation
from pydantic import JsonValue
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity
from temporalio.client import Client

from activities.genai_spans import record_run_span
from models.contracts.runs.views import RunError
from models.contracts.workflows.lifecycle import OpenedRun, OpenRun, RunMark, RunOutcome, RunTouches, StepChanges
from models.contracts.workflows.signals import AgentCheck, AvailableAgent
from models.errors import NotFound, NotStorable, TemporalUnavailable
from models.rules.json.storable import with_replacements
from models.states import RunStatus
from models.store.primitives import queries as primitives
from models.store.runs import closing, opening, steps
from models.store.runs.closing import ClosedRun
from models.store.tables.runs import Run
from runtime.database import Sessions, transaction
from runtime.telemetry import current_trace_id, tracing_is_on
from runtime.temporal.admissions import admitting
from runtime.temporal.starting import request_sync

log = structlog.get_logger(__name__)
Closing = TypeVar("Closing")


@dataclass(frozen=True, slots=True)
class RunActivities:
    """The activities of a run's lifecycle and their dependencies."""

    sessions: Sessions
    client: Client

    @activity.defn(name="open-run")
    async def open_run(self, open_: OpenRun) -> OpenedRun:
        """Create or find the run's row, and admit the run or store why it is not.

        Raises:
            NotStorable: PostgreSQL refuses a value; the row, if there is one, is closed with that reason.
        """
        try:
            async with admitting(self.sessions, self.client) as session:
                return await opening.open_run(session, open_.model_copy(update={"trace_id": current_trace_id()}))
        except NotStorable as refused:
            if run_id := open_.request.run_id:
                with suppress(NotFound):
                    await self.close_run(_failed(run_id, datetime.now(UTC), refused))
            raise

    @activity.defn(name="record-steps")
    async def record_steps(self, changes: StepChanges) -> None:
        """Store the new state of steps.

        Raises:
            NotFound: The run's row is gone, as after the restore of an older database.
        """
        try:
            async with transaction(self.sessions) as session:
                await steps.record_steps(session, changes)
        except IntegrityError as error:
            if not isinstance(error.orig, ForeignKeyViolation):
                raise
            raise NotFound(f"there is no run {changes.run_id}") from error

    @activity.defn(name="mark-run")
    async def mark_run(self, mark: RunMark) -> None:
        """Store that a run is waiting or running."""
        async with transaction(self.sessions) as session:
            await steps.mark_run(session, mark)

    @activity.defn(name="record-touches")
    async def record_touches(self, touches: RunTouches) -> None:
        """Store how often somebody has touched a run that is closed already."""
        async with transaction(self.sessions) as session:
            await steps.record_touches(session, touches)

    @activity.defn(name="agent-exists")
    async def agent_exists(self, check: AgentCheck) -> bool:
        """Return whether an agent of that slug can be called."""
        async with transaction(self.sessions) as session:
            return check.agent in await primitives.agents_by_slug(session, [check.agent])

    @activity.defn(name="recorded-output")
    async def recorded_output(self, run_id: UUID) -> JsonValue:
        """Return the output that is stored on the run."""
        async with transaction(self.sessions) as session:
            return (await session.get_one(Run, run_id)).output

    @activity.defn(name="list-agents")
    async def list_agents(self, run_id: UUID) -> list[AvailableAgent]:
        """Return the agents that a planner may use."""
        async with transaction(self.sessions) as session:
            return await primitives.available_agents(session)

    @activity.defn(name="close-run")
    async def close_run(self, outcome: RunOutcome) -> RunStatus:
        """Close the run with its steps and statistics, and return its final status.

        What PostgreSQL refuses of the outcome is replaced, or else left out: it must not keep the run open.
        """
        try:
            return await self._close(outcome)
        except NotStorable:
            log.exception("an outcome cannot be stored as it is", run_id=str(outcome.run_id))
        try:
            return await self._close(RunOutcome.model_validate(with_replacements(outcome.wire())[0]))
        except NotStorable as refused:
            return await self._close(_without_values(outcome, refused))

    async def _close(self, outcome: RunOutcome) -> RunStatus:
        async def close(session: AsyncSession, counted: bool) -> tuple[ClosedRun, RunStatus]:
            closed = await closing.close_run(session, outcome, counted=counted)
            return closed, closed.status

        status = await self.closed(close)
        await self._record_span(outcome.run_id)
        return status

    async def _record_span(self, run_id: UUID) -> None:
        """Export the run's span, if spans are exported; a failure must not close the run again."""
        if not tracing_is_on():
            return
        try:
            async with transaction(self.sessions) as session:
                await record_run_span(session, run_id)
        except Exception:
            log.exception("the span of a run was not recorded", run_id=str(run_id))

    async def closed(self, close: Callable[[AsyncSession, bool], Awaitable[tuple[ClosedRun, Closing]]]) -> Closing:
        """Close a run in one transaction, and have its automation's schedule synced if that is needed.

        `close` is called with False where the run cannot be counted: statistics must not keep a run from closing.
        """
        try:
            async with admitting(self.sessions, self.client) as session:
                closed, result = await close(session, True)
        except NotStorable:
            log.exception("closed a run without counting it; run `podium stats verify --repair`")
            async with admitting(self.sessions, self.client) as session:
                closed, result = await close(session, False)
        if closed.sync:
            try:
                await request_sync(self.client, closed.sync)
            except TemporalUnavailable:
                # The row says that it is not in sync, so the sweep requests it again.
                log.warning("schedule sync not requested", automation_id=str(closed.sync))
        return result


def _without_values(outcome: RunOutcome, refused: NotStorable) -> RunOutcome:
    if outcome.status is RunStatus.CANCELLED:
        return outcome.model_copy(update={"output": None, "error": None, "reason": refused.detail})
    return _failed(outcome.run_id, outcome.finished_at, refused)


def _failed(run_id: UUID, at: datetime, refused: NotStorable) -> RunOutcome:
    error = RunError(type=refused.code, message=refused.detail)
    return RunOutcome(run_id=run_id, status=RunStatus.FAILED, finished_at=at, error=error)
