"""Debounce and batch: windows in which deliveries are folded into one run.

A window counts only while its run still waits, so nothing has to be repaired when that run is admitted or cleared.
"""

import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.automations.flow_control import Batch, Debounce, DebounceKeep
from models.limits import MAX_VALUE_BYTES
from models.rules.json.sizes import json_bytes
from models.states import HeldBy
from models.store.admission.keys import is_key, store_key
from models.store.tables.admission import AdmissionKey, KeyPurpose
from models.store.tables.runs import HELD_CONDITION, Run

KEPT = timedelta(days=400)
"""A window is forgotten so long after its last delivery, whether or not its run has been admitted."""


@dataclass(frozen=True, slots=True)
class Folded:
    """Where an arriving run goes: into the run `into`, or in the place of the waiting run `replaces`, or neither."""

    into: uuid.UUID | None = None
    replaces: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class _Window:
    """An open window: the run that stands for it, and what it has gathered."""

    run_id: uuid.UUID
    since: datetime
    deliveries: int
    bytes: int

    def joined_by(self, size: int) -> "_Window":
        return replace(self, deliveries=self.deliveries + 1, bytes=self.bytes + size)


async def add_to_batch(
    session: AsyncSession, automation_id: uuid.UUID, batch: Batch, key: str, row: dict[str, Any], now: datetime
) -> Folded:
    """Fold a run into the open batch of its key, or let it begin one; `row` gets the columns of the latter."""
    size = json_bytes(row["input"])
    window = await _with_room(session, automation_id, key, size, now)
    if window is None:
        ends = now + timedelta(seconds=batch.timeout_seconds) if batch.max_size > 1 else now
        row.update(held_by=HeldBy.BATCH.value, not_before=ends, gathers=True)
        await _keep(session, automation_id, key, _Window(row["id"], now, 1, size), now)
        return Folded()
    joined = window.joined_by(size)
    await _keep(session, automation_id, key, joined, now)
    if joined.deliveries >= batch.max_size:
        await _end_at(session, window.run_id, now)
        await store_key(session, automation_id, KeyPurpose.WINDOW, key, {"run_id": None, "expires_at": now})
    return Folded(into=window.run_id)


async def debounce(
    session: AsyncSession, automation_id: uuid.UUID, asked: Debounce, key: str, row: dict[str, Any], now: datetime
) -> Folded:
    """Begin or prolong the debounce window of a key; `row` gets the columns of the run that stands for it.

    With `last` that is the newest run, with `all` the first one.
    """
    gathers = asked.keep is DebounceKeep.ALL
    size = json_bytes(row["input"]) if gathers else 0
    window = await _with_room(session, automation_id, key, size, now)
    since = window.since if window else now
    ends = now + timedelta(seconds=asked.period_seconds)
    if asked.max_seconds is not None:
        ends = min(ends, since + timedelta(seconds=asked.max_seconds))
    if window and gathers:
        await _keep(session, automation_id, key, window.joined_by(size), now)
        await _end_at(session, window.run_id, ends)
        return Folded(into=window.run_id)
    row.update(held_by=HeldBy.DEBOUNCE.value, not_before=ends, gathers=gathers)
    count = window.deliveries + 1 if window else 1
    await _keep(session, automation_id, key, _Window(row["id"], since, count, size), now)
    return Folded(replaces=window.run_id if window else None)


async def _with_room(
    session: AsyncSession, automation_id: uuid.UUID, key: str, size: int, now: datetime
) -> _Window | None:
    """Return the open window of a key; one that would become larger than a value may be is ended instead."""
    query = (
        select(AdmissionKey.run_id, AdmissionKey.since, AdmissionKey.deliveries, AdmissionKey.bytes)
        .join(Run, Run.id == AdmissionKey.run_id)
        .where(is_key(automation_id, KeyPurpose.WINDOW, key), HELD_CONDITION)
    )
    found = (await session.execute(query)).one_or_none()
    if found is None or found.run_id is None or found.since is None:
        return None
    window = _Window(found.run_id, found.since, found.deliveries, found.bytes)
    if window.bytes + size <= MAX_VALUE_BYTES:
        return window
    await _end_at(session, window.run_id, now)
    return None


async def _keep(session: AsyncSession, automation_id: uuid.UUID, key: str, window: _Window, now: datetime) -> None:
    values = {
        "run_id": window.run_id,
        "since": window.since,
        "deliveries": window.deliveries,
        "bytes": window.bytes,
        "expires_at": now + KEPT,
    }
    await store_key(session, automation_id, KeyPurpose.WINDOW, key, values)


async def _end_at(session: AsyncSession, run_id: uuid.UUID, at: datetime) -> None:
    """Let the run of a window start at this instant."""
    statement = update(Run).where(Run.id == run_id, HELD_CONDITION).values(not_before=at)
    await session.execute(statement.execution_options(synchronize_session=False))
