"""What is open and what waits now, for the start of a simulation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.rules.simulation.world import UsedRates
from models.store.ids import among
from models.store.tables.admission import AdmissionKey, KeyPurpose
from models.store.tables.runs import OPEN_CONDITION, Run

MOST_OPEN = 20_000
"""Open and waiting runs that a simulation starts with; with more, the newest are left out, which is said."""


@dataclass(frozen=True, slots=True)
class OpenRow:
    """An open run, as far as the simulation needs it."""

    id: UUID
    automation_id: UUID | None
    primitive_id: UUID
    is_root: bool
    held_by: str | None
    key: str
    throttle_key: str
    ordered_at: datetime
    queued_at: datetime
    due_at: datetime | None
    not_before: datetime | None
    start_by: datetime | None
    started_at: datetime | None
    agent_held_at: datetime | None
    takes_capacity: bool


@dataclass(frozen=True, slots=True)
class WindowRow:
    """An open window of a debounce or batch."""

    key: str
    since: datetime
    deliveries: int


@dataclass(frozen=True, slots=True)
class OpenNow:
    """What is open now; `left_out` says that there is more than could be read."""

    rows: Sequence[OpenRow]
    windows: Mapping[UUID, WindowRow]
    """By the run that stands for it."""
    used: Mapping[UUID, UsedRates]
    left_out: bool


async def open_now(session: AsyncSession, automations: Sequence[UUID], agents: Sequence[UUID]) -> OpenNow:
    """Return the open root runs of these automations, and the open runs of these agents, whoever has started them."""
    wanted = or_(
        (Run.parent_run_id.is_(None)) & among(Run.automation_id, automations),
        among(Run.primitive_id, agents),
    )
    query = _columns().where(OPEN_CONDITION, wanted).order_by(Run.queued_at, Run.id).limit(MOST_OPEN + 1)
    rows = [_open_row(row) for row in await session.execute(query)]
    windows, used = await _remembered(session, automations)
    return OpenNow(rows[:MOST_OPEN], windows, used, len(rows) > MOST_OPEN)


def _columns() -> Select[*tuple[Any, ...]]:
    return select(
        Run.id,
        Run.automation_id,
        Run.primitive_id,
        Run.parent_run_id,
        Run.held_by,
        Run.admission_key,
        Run.throttle_key,
        Run.ordered_at,
        Run.queued_at,
        Run.due_at,
        Run.not_before,
        Run.start_by,
        Run.started_at,
        Run.agent_held_at,
        Run.takes_capacity,
    )


def _open_row(row: Row[*tuple[Any, ...]]) -> OpenRow:
    return OpenRow(
        id=row.id,
        automation_id=row.automation_id,
        primitive_id=row.primitive_id,
        is_root=row.parent_run_id is None,
        held_by=row.held_by,
        key=row.admission_key or "",
        throttle_key=row.throttle_key or "",
        ordered_at=row.ordered_at or row.queued_at,
        queued_at=row.queued_at,
        due_at=row.due_at,
        not_before=row.not_before,
        start_by=row.start_by,
        started_at=row.started_at,
        agent_held_at=row.agent_held_at,
        takes_capacity=row.takes_capacity,
    )


async def _remembered(
    session: AsyncSession, automations: Sequence[UUID]
) -> tuple[dict[UUID, WindowRow], dict[UUID, UsedRates]]:
    """Return the windows by their run, and the used rates by their automation."""
    key = AdmissionKey
    query = (
        select(key.automation_id, key.purpose, key.key, key.used_until, key.run_id, key.since, key.deliveries)
        .where(among(key.automation_id, automations), key.purpose != KeyPurpose.IDEMPOTENCY)
        .order_by(key.expires_at.desc())
        .limit(MOST_OPEN)
    )
    windows: dict[UUID, WindowRow] = {}
    throttle: dict[UUID, dict[str, datetime]] = {}
    accepted: dict[UUID, dict[str, datetime]] = {}
    for automation_id, purpose, name, used_until, run_id, since, deliveries in await session.execute(query):
        if purpose is KeyPurpose.WINDOW and run_id is not None and since is not None:
            windows[run_id] = WindowRow(name, since, deliveries)
        elif used_until is not None:
            of = throttle if purpose is KeyPurpose.THROTTLE else accepted
            of.setdefault(automation_id, {})[name] = used_until
    used = {one: UsedRates(throttle.get(one, {}), accepted.get(one, {})) for one in throttle.keys() | accepted.keys()}
    return windows, used
