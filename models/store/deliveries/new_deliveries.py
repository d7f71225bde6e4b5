"""Stores deliveries with their runs and matches, one or many in a transaction."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ARRAY, DateTime, Table, Text, func, insert, literal, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.runs.views import Fired, FiredRun, RunHeld
from models.endpoints import EndpointKind, parse_endpoint
from models.errors import PodiumError
from models.limits import MAX_CHAIN_REPEATS
from models.names import run_temporal_workflow_id
from models.rules.admission.keys import AdmissionKeys
from models.rules.runs.sources import source_of_delivery
from models.states import DeliveryOutcome, MatchOutcome, RunStatus, SkipReason
from models.store.admission.admit import admit, database_now
from models.store.admission.entering import enter, place_of
from models.store.deliveries.chains import runs_in_chain
from models.store.deliveries.dead_letters import DEAD_AT_ONCE, hand_over, mark_unmatched
from models.store.deliveries.matches import Match, filter_problems, match_row
from models.store.deliveries.queries import Arrival, Target, first_answer
from models.store.health.probes import begin_probe
from models.store.ids import fresh_id
from models.store.runs.closing import finish
from models.store.runs.description import note_rescued
from models.store.runs.locks import lock_automation, lock_run
from models.store.runs.queued_rows import queued_run
from models.store.tables.deliveries import Delivery
from models.store.tables.delivery_matches import DeliveryMatch
from models.store.tables.runs import Run

INSTANT = DateTime(timezone=True)
_DELIVERIES, _RUNS, _MATCHES = (cast("Table", one.__table__) for one in (Delivery, Run, DeliveryMatch))


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """A delivery that is to be stored, what it runs, and what it meant for each automation that listened."""

    arrival: Arrival
    outcome: DeliveryOutcome
    at: datetime
    targets: Sequence[Target] = ()
    matches: Sequence[Match] = ()
    id: uuid.UUID = field(default_factory=fresh_id)

    @property
    def takes_locks(self) -> bool:
        """Whether storing it locks an automation, as closing a run does."""
        return any(
            target.keys is not None or target.chain is not None or target.is_skipped(self.at) for target in self.targets
        )


async def store_deliveries(session: AsyncSession, given: Sequence[NewDelivery]) -> list[Fired]:
    """Store deliveries and return their responses; a repeated idempotency key stores nothing and gets the first one.

    Runs of paused automations are closed as skipped, and flow control decides on those of others. It waits for a
    concurrent delivery with the same key to commit or roll back. Several that take locks could wait for each other, so
    they are stored in transactions of their own.
    """
    await _release_keys(session, given)
    stored = await _insert(session, given)
    new = [one for one in given if one.id in stored]
    if unmatched := [one.id for one in new if one.outcome is DeliveryOutcome.UNMATCHED]:
        await mark_unmatched(session, unmatched)
    if replayed := [one.arrival.replay_of for one in new if one.arrival.replay_of]:
        await hand_over(session, replayed)
    return await _store_runs(session, given, stored)


async def fire_pending(session: AsyncSession, one: NewDelivery) -> Fired:
    """Store the runs of a delivery that is stored already, pending and locked."""
    values = {"outcome": one.outcome.value, "payload": one.arrival.payload, "note": None}
    await session.execute(update(_DELIVERIES).where(_DELIVERIES.c.id == one.id).values(values))
    (fired,) = await _store_runs(session, [one], {one.id})
    return fired


async def _store_runs(
    session: AsyncSession, given: Sequence[NewDelivery], stored: Collection[uuid.UUID]
) -> list[Fired]:
    """Store the runs and matches of these deliveries; those that are not in `stored` are repetitions."""
    given = [await _without_loops(session, one) if one.id in stored else one for one in given]
    runs = {one.id: [_run(one, target) for target in one.targets] for one in given if one.id in stored}
    controlled = [
        (row, target)
        for one in given
        if one.id in stored
        for row, target in zip(runs[one.id], one.targets, strict=True)
        if target.keys is not None and not target.is_skipped(one.at)
    ]
    waiting = {row["id"] for row, _ in controlled}
    if rows := [row for of_delivery in runs.values() for row in of_delivery if row["id"] not in waiting]:
        await session.execute(insert(_RUNS), rows)
    for one in given:
        for target in one.targets if one.id in stored else ():
            if target.rerun_of is not None:
                await note_rescued(session, [target.rerun_of])
    decided = await _enter_all(session, controlled)
    if matches := [match_row(one.id, match, one.at) for one in given if one.id in stored for match in one.matches]:
        await session.execute(insert(_MATCHES), matches)
    return [
        await _response(session, one, runs[one.id], decided) if one.id in stored else await _repeated(session, one)
        for one in given
    ]


async def _without_loops(session: AsyncSession, one: NewDelivery) -> NewDelivery:
    """Mark the targets that the delivery's chain has fired too often; dependencies alone form no loops."""
    chain = one.arrival.chain
    if chain is None or not one.targets or parse_endpoint(one.arrival.endpoint).kind is EndpointKind.DEPENDENCY:
        return one
    names = [(target.automation.id if target.automation else None, target.primitive.id) for target in one.targets]
    counts = await runs_in_chain(session, chain, names)
    targets = [
        replace(target, loops=counts[name] >= MAX_CHAIN_REPEATS)
        for target, name in zip(one.targets, names, strict=True)
    ]
    if not any(target.loops for target in targets):
        return one
    skips = all(target.is_skipped(one.at) for target in targets)
    statement = update(_DELIVERIES).where(_DELIVERIES.c.id == one.id).values(outcome=DeliveryOutcome.SKIPPED.value)
    if skips:
        await session.execute(statement)
    return replace(one, targets=targets, outcome=DeliveryOutcome.SKIPPED if skips else one.outcome)


async def _enter_all(
    session: AsyncSession, given: Sequence[tuple[dict[str, Any], Target]]
) -> dict[uuid.UUID, SkipReason | None]:
    """Put runs under flow control, automation by automation in the order of their ids; return why they are skipped."""
    decided: dict[uuid.UUID, SkipReason | None] = {}
    for row, target in sorted(given, key=lambda one: one[0]["automation_id"]):
        automation = await lock_automation(session, row["automation_id"])
        now = await database_now(session)
        # The answer has the columns as they were given.
        decided[row["id"]] = await enter(
            session, automation, dict(row), target.keys or AdmissionKeys(), now, is_new=target.rerun_of is None
        )
        await admit(session, automation)
    return decided


async def _insert(session: AsyncSession, given: Sequence[NewDelivery]) -> set[uuid.UUID]:
    # In the order of their keys, so that two transactions with the same keys never wait for each other.
    ordered = sorted(given, key=lambda one: (one.arrival.endpoint, one.arrival.idempotency_key or ""))
    statement = upsert(_DELIVERIES).on_conflict_do_nothing().returning(_DELIVERIES.c.id)
    return set(await session.scalars(statement, [_delivery(one) for one in ordered]))


def _delivery(one: NewDelivery) -> dict[str, Any]:
    arrival, dead = one.arrival, DEAD_AT_ONCE.get(one.outcome)
    return {
        "id": one.id,
        "source": arrival.source,
        "endpoint": arrival.endpoint,
        "headers": arrival.headers,
        "body": arrival.body,
        "payload": arrival.payload,
        "idempotency_key": arrival.idempotency_key,
        "outcome": one.outcome.value,
        "dead_reason": dead and dead.value,
        "replay_of": arrival.replay_of,
        "caused_by": arrival.chain.caused_by if arrival.chain else None,
        "replay_id": arrival.replay_id,
        "sent_by": arrival.sent_by,
        "sender_id": arrival.sender_id,
        "note": arrival.note,
        "size": arrival.size if arrival.size is not None else len(arrival.body),
        "received_at": one.at,
    }


async def _release_keys(session: AsyncSession, given: Sequence[NewDelivery]) -> None:
    """Take expired keys away from their deliveries; concurrent repetitions wait for the rows, then find them free."""
    expiring = [
        (one.arrival.endpoint, one.arrival.idempotency_key, one.at - one.arrival.key_lasts)
        for one in given
        if one.arrival.key_lasts is not None and one.arrival.idempotency_key is not None
    ]
    if not expiring:
        return
    endpoints, keys, before = zip(*expiring, strict=True)
    # Arrays, so that the statement is the same for any number of keys.
    expired = (
        func.unnest(
            literal([*endpoints], ARRAY(Text())), literal([*keys], ARRAY(Text())), literal([*before], ARRAY(INSTANT))
        )
        .table_valued("endpoint", "key", "before")
        .render_derived()
    )
    await session.execute(
        update(_DELIVERIES)
        .where(
            _DELIVERIES.c.endpoint == expired.c.endpoint,
            _DELIVERIES.c.idempotency_key == expired.c.key,
            _DELIVERIES.c.received_at <= expired.c.before,
        )
        .values(idempotency_key=None)
    )


def _run(one: NewDelivery, target: Target) -> dict[str, Any]:
    row = queued_run(
        target.primitive,
        one.at,
        source_of_delivery(one.arrival.source, one.arrival.endpoint),
        automation_id=target.automation.id if target.automation else None,
        delivery_id=one.id,
        rerun_of=target.rerun_of,
        nominal_at=target.nominal_at,
        forced=target.forced,
        chain_id=target.chain.id if target.chain else None,
        chain_depth=target.chain.depth if target.chain else 0,
        input=target.input,
    )
    return {**row, "temporal_workflow_id": None if target.is_skipped(one.at) else run_temporal_workflow_id(row["id"])}


async def _response(
    session: AsyncSession,
    one: NewDelivery,
    rows: Sequence[dict[str, Any]],
    decided: Mapping[uuid.UUID, SkipReason | None],
) -> Fired:
    fired = []
    for row, target in zip(rows, one.targets, strict=True):
        reason = decided.get(row["id"]) or target.skip_reason(one.at)
        if row["id"] not in decided and reason is not None:
            run = await lock_run(session, row["id"])
            probed = reason is SkipReason.PAUSED and one.arrival.replay_of is None
            if probed and await begin_probe(session, run, one.at):
                # It bypasses flow control, as a forced run does.
                reason, row["temporal_workflow_id"] = None, run.temporal_workflow_id
                await _note_fired(session, one.id, row["automation_id"])
            else:
                await finish(session, run, RunStatus.SKIPPED, at=one.at, reason=reason.value)
        held = await place_of(session, row["id"]) if row["id"] in decided and reason is None else None
        fired.append(
            FiredRun(
                run_id=row["id"],
                automation_id=row["automation_id"],
                kind=row["kind"],
                status=RunStatus.SKIPPED if reason else RunStatus.QUEUED,
                reason=reason.value if reason else None,
                held=RunHeld(by=held.by, since=held.since, position=held.position) if held else None,
                temporal_workflow_id=None if reason else row["temporal_workflow_id"],
            )
        )
    return Fired(delivery_id=one.id, runs=tuple(fired), filter_errors=filter_problems(one.matches))


async def _note_fired(session: AsyncSession, delivery_id: uuid.UUID, automation_id: uuid.UUID) -> None:
    """Correct what was stored about a delivery that turned out to fire a probe of a disabled automation."""
    await session.execute(
        update(_DELIVERIES).where(_DELIVERIES.c.id == delivery_id).values(outcome=DeliveryOutcome.FIRED.value)
    )
    await session.execute(
        update(_MATCHES)
        .where(_MATCHES.c.delivery_id == delivery_id, _MATCHES.c.automation_id == automation_id)
        .values(outcome=MatchOutcome.MATCHED.value)
    )


async def _repeated(session: AsyncSession, one: NewDelivery) -> Fired:
    arrival = one.arrival
    found = await first_answer(session, arrival.endpoint, arrival.idempotency_key, arrival.sender_id)
    if found is None:
        raise PodiumError("a delivery collided with one that cannot be found")
    return found
