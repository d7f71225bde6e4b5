"""Finds the group of a run's error, in the transaction that closes the run; only runs that end badly pay for it."""

import socket
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.runs.views import RunError
from models.kinds import KINDS
from models.rules.fingerprint.blame import FailedChild, to_blame
from models.rules.fingerprint.template import ANY, VERSION, error_key, template_of
from models.states import RunStatus, StepStatus
from models.store.tables.automations import Automation
from models.store.tables.errors import ErrorGroup
from models.store.tables.primitives import Primitive
from models.store.tables.runs import Run, RunStep

HOST = socket.gethostname()
BLAMED_AMONG = 20
"""The latest failed children that are compared with the run's error."""
MOST_NEW_GROUPS = 200
"""New groups of one error code in a day; further errors of it are one group: texts that a model writes never repeat."""
SAMPLE_LENGTH = 2000
REASONED = frozenset({RunStatus.SKIPPED, RunStatus.MISSED})


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What tells a group of errors from others: the code, and the template of the message."""

    error_type: str
    template: str

    @property
    def key(self) -> int:
        return error_key(self.error_type, self.template)


@dataclass(frozen=True, slots=True)
class Names:
    """What a run and its error may be named by."""

    primitive_slug: str
    primitive_name: str
    automation_slug: str | None = None
    automation_name: str | None = None


async def note_error(session: AsyncSession, run: Run) -> None:
    """Set the group of the error, or of the reason, that a locked run has just ended with."""
    if run.status in REASONED and run.error_type is None:
        reason = run.reason or run.status.value
        await _set_group(session, run, Fingerprint(run.status.value, template_of(reason)), reason)
    elif run.status is RunStatus.FAILED or run.status in REASONED:
        error = RunError(type=run.error_type or "error", message=run.error_message or "")
        blamed = None if KINDS[run.kind].calls_agent else to_blame(error, await _failed_children(session, run))
        if blamed is not None and blamed.error_key is not None:
            run.error_key, run.caused_by = blamed.error_key, blamed.cause
            return
        group = fingerprint(run, error, await _names(session, run))
        if not error.message and not KINDS[run.kind].calls_agent and (kind := await _failed_step_kind(session, run)):
            group = Fingerprint(error.type, f"{error.type} {kind}")
        await _set_group(session, run, group, error.message)


def fingerprint(run: Run, error: RunError, names: Names) -> Fingerprint:
    """Return the group of a run's own error."""
    known = {
        str(run.id): "run",
        str(run.root_run_id): "run",
        HOST: "host",
        names.primitive_slug: "primitive",
        names.primitive_name: "primitive",
        **{one: "automation" for one in (names.automation_slug, names.automation_name) if one},
        **({run.model: "model"} if run.model else {}),
        **{one: "run" for one in (run.temporal_workflow_id, run.temporal_run_id) if one},
    }
    return Fingerprint(error.type, template_of(error.message, known) or error.type)


async def _set_group(session: AsyncSession, run: Run, group: Fingerprint, sample: str) -> None:
    """Set the run's group, which is stored if it is new; the trigger `count_run` counts the run in it."""
    at = run.finished_at or run.queued_at
    if not await _is_known(session, group):
        if await _new_today(session, group.error_type, at) >= MOST_NEW_GROUPS:
            group = Fingerprint(group.error_type, ANY)
        row = {
            "key": group.key,
            "version": VERSION,
            "error_type": group.error_type,
            "template": group.template,
            "sample": sample[:SAMPLE_LENGTH],
            "sample_run_id": run.id,
            "first_seen": at,
            "last_seen": at,
        }
        await session.execute(insert(ErrorGroup).values(row).on_conflict_do_nothing())
    run.error_key = group.key


async def _names(session: AsyncSession, run: Run) -> Names:
    query = (
        select(Primitive.slug, Primitive.name, Automation.slug, Automation.name)
        .outerjoin(Automation, Automation.id == run.automation_id)
        .where(Primitive.id == run.primitive_id)
    )
    return Names(*(await session.execute(query)).one())


async def _failed_children(session: AsyncSession, run: Run) -> list[FailedChild]:
    query = (
        select(func.coalesce(Run.caused_by, Run.id), Run.error_key, Run.error_type, Run.error_message)
        .where(Run.parent_run_id == run.id, Run.status == RunStatus.FAILED)
        .order_by(Run.finished_at.desc())
        .limit(BLAMED_AMONG)
    )
    return [
        FailedChild(cause, key, RunError(type=error_type or "error", message=message or ""))
        for cause, key, error_type, message in await session.execute(query)
    ]


async def _failed_step_kind(session: AsyncSession, run: Run) -> str | None:
    query = select(RunStep.kind).where(RunStep.run_id == run.id, RunStep.status == StepStatus.FAILED)
    return await session.scalar(query.order_by(RunStep.finished_at.desc()).limit(1))


async def _is_known(session: AsyncSession, group: Fingerprint) -> bool:
    return await session.scalar(select(ErrorGroup.key).where(ErrorGroup.key == group.key)) is not None


async def _new_today(session: AsyncSession, error_type: str, at: datetime) -> int:
    """Return how many groups of a code were first seen within a day, but at most `MOST_NEW_GROUPS`."""
    new = (
        select(ErrorGroup.key)
        .where(ErrorGroup.error_type == error_type, ErrorGroup.first_seen > at - timedelta(days=1))
        .limit(MOST_NEW_GROUPS)
        .subquery()
    )
    return (await session.execute(select(func.count()).select_from(new))).scalar_one()
