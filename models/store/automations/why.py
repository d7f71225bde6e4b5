"""Reads the facts that tell why an automation ran or did not."""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.automations.why import Why, WhyVerdict
from models.contracts.runs.views import StuckBelow
from models.endpoints import EndpointKind, endpoint
from models.errors import UnknownTimezone
from models.rules.automation_history import AuditFact, ScheduleSpan, Spell, schedule_history, spells
from models.rules.cron.zones import zone
from models.rules.schedule import Schedule
from models.rules.why import DeliveryFact, RunFact, WhyFacts, explain
from models.states import BackfillKind, RunStatus, Source
from models.store.admission.holders import holders
from models.store.automations.dependencies import ref
from models.store.automations.schedule_columns import stored_schedule
from models.store.budgets.names import waits_for
from models.store.runs.stuck_below import stuck_below
from models.store.tables.automations import Automation
from models.store.tables.backfills import Backfill
from models.store.tables.deliveries import Delivery
from models.store.tables.governance import AuditEntry
from models.store.tables.runs import HELD_CONDITION, Run

MOST_VERDICTS = 500
MOST_ENTRIES = 1000
MOST_PLACES = 10_000
"""The places of waiting runs that are looked up; further back it is not said how many are ahead."""
BEFORE = timedelta(days=7)
"""How long before the span runs are looked for that were still going."""
HISTORY = ("automation.", "health.")


async def why(session: AsyncSession, row: Automation, since: datetime, until: datetime, now: datetime) -> Why:
    """Explain [since, until), the first `MOST_VERDICTS` due times, runs and deliveries of it."""
    facts = await _facts(session, row, since, until)
    verdicts = explain(facts, since, until, now, MOST_VERDICTS)
    more = verdicts[MOST_VERDICTS].at if len(verdicts) > MOST_VERDICTS else None
    return Why(
        automation=ref(row),
        verdicts=tuple(verdicts[:MOST_VERDICTS]),
        next_from=more,
    )


async def schedules_of(session: AsyncSession, row: Automation) -> Sequence[ScheduleSpan]:
    """Return the schedules that an automation has had, oldest first, slowdowns left aside."""
    return schedule_history(_plain(stored_schedule(row)), row.created_at, await _entries(session, row))


def _plain(schedule: Schedule | None) -> Schedule | None:
    return replace(schedule, slowdown=None) if schedule else None


async def _facts(session: AsyncSession, row: Automation, since: datetime, until: datetime) -> WhyFacts:
    entries = await _entries(session, row)
    slowed = stored_schedule(row)
    created = next((entry for entry in entries if entry.action == "automation.created"), None)
    return WhyFacts(
        is_schedule=row.source is Source.SCHEDULE,
        created_at=row.created_at,
        created_by=created.actor if created else None,
        schedules=schedule_history(_plain(slowed), row.created_at, entries),
        current=ScheduleSpan(row.created_at, slowed) if slowed else None,
        spells=_spells(row, entries),
        runs=await _runs(session, row, since, until),
        deliveries=await _deliveries(session, row, since, until),
        accounted_until=row.accounted_until or row.created_at,
        sync_error=_sync_error(row),
        filter=row.filter,
        listens_to=_listens_to(row),
        tz=_zone(slowed, row),
    )


def _spells(row: Automation, entries: Sequence[AuditFact]) -> list[Spell]:
    """Return the spells of the audit log, and the present pause if the log does not hold its beginning."""
    found = spells(entries)
    known = any(one.end is None and one.kind in (WhyVerdict.PAUSED, WhyVerdict.SNOOZED) for one in found)
    if row.is_active or row.paused_at is None or known:
        return found
    kind = WhyVerdict.SNOOZED if row.paused_until else WhyVerdict.PAUSED
    return [*found, Spell(kind, row.paused_at, None, row.paused_by, None, row.paused_reason, row.paused_until)]


async def _entries(session: AsyncSession, row: Automation) -> list[AuditFact]:
    """Return the newest entries about the automation, oldest first."""
    query = (
        select(AuditEntry)
        .where(AuditEntry.subject_id == row.id, or_(*(AuditEntry.action.startswith(one) for one in HISTORY)))
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
        .limit(MOST_ENTRIES)
    )
    found = (await session.scalars(query)).all()
    return [
        AuditFact(one.id, one.at, one.actor, one.action, one.before or {}, one.after or {}, one.reason)
        for one in reversed(found)
    ]


async def _runs(session: AsyncSession, row: Automation, since: datetime, until: datetime) -> list[RunFact]:
    """Return the span's runs, and earlier ones that were still going or stand for several missed due times."""
    own = (Run.automation_id == row.id, Run.parent_run_id.is_(None))
    columns = (Run, func.coalesce(Delivery.sent_by, Backfill.created_by), Delivery.source, Backfill.kind)
    query = (
        select(*columns)
        .outerjoin(Delivery, Delivery.id == Run.delivery_id)
        .outerjoin(Backfill, Backfill.id == Run.backfill_id)
    )
    limit = MOST_VERDICTS + 1
    due = query.where(*own, Run.due_at >= since, Run.due_at < until).order_by(Run.due_at).limit(limit)
    arrived = (
        query.where(*own, Run.due_at.is_(None), Run.queued_at >= since, Run.queued_at < until)
        .order_by(Run.queued_at)
        .limit(limit)
    )
    going = or_(Run.finished_at.is_(None), Run.finished_at > since)
    counted = and_(Run.status == RunStatus.MISSED, Run.occurrences > 1, Run.due_at < since)
    earlier = (
        query.where(
            *own,
            Run.queued_at >= since - BEFORE,
            Run.queued_at < until,
            or_(and_(Run.started_at < since, going), counted),
        )
        .order_by(Run.queued_at.desc())
        .limit(limit)
    )
    found = {}
    for part in (due, arrived, earlier):
        for run, sent_by, source, backfill in await session.execute(part):
            found[run.id] = (run, sent_by, source is Source.MANUAL, backfill)
    runs = [run for run, *_ in found.values()]
    below, held = await stuck_below(session, runs), await holders(session, runs)
    waits = await waits_for(session, runs)
    facts = [
        replace(
            _run_fact(run, sent_by, by_hand, backfill, below.get(run.id)),
            held_by=held.get(run.id),
            waits_for=waits.get(run.id),
        )
        for run, sent_by, by_hand, backfill in found.values()
    ]
    if any(one.held_by for one in facts):
        places = await _queue(session, row)
        return [replace(one, ahead=places.get(one.id)) for one in facts]
    return facts


async def _queue(session: AsyncSession, row: Automation) -> dict[uuid.UUID, int]:
    """Return how many runs wait before each of the first waiting ones."""
    query = select(Run.id).where(Run.automation_id == row.id, HELD_CONDITION).order_by(Run.ordered_at, Run.id)
    return {run_id: ahead for ahead, run_id in enumerate(await session.scalars(query.limit(MOST_PLACES)))}


def _run_fact(
    run: Run, sent_by: str | None, by_hand: bool, backfill: BackfillKind | None, below: StuckBelow | None
) -> RunFact:
    waits = f"it waits for {below.name}, which is stuck" if below else None
    return RunFact(
        id=run.id,
        due_at=run.due_at,
        queued_at=run.queued_at,
        status=run.status,
        reason=(run.stuck or {}).get("message") or waits or run.reason,
        started_at=run.started_at,
        finished_at=run.finished_at,
        occurrences=run.occurrences,
        error=run.error_message,
        sent_by=sent_by,
        by_hand=by_hand,
        probe=run.probe,
        folded_into=run.folded_into,
        backfill=backfill,
    )


async def _deliveries(
    session: AsyncSession, row: Automation, since: datetime, until: datetime
) -> Sequence[DeliveryFact]:
    names = _endpoints(row)
    if not names:
        return []
    ours = select(Run.id).where(Run.delivery_id == Delivery.id, Run.automation_id == row.id).exists()
    query = (
        select(Delivery.received_at, Delivery.outcome, Delivery.note)
        .where(Delivery.received_at >= since, Delivery.received_at < until, Delivery.endpoint.in_(names), ~ours)
        .order_by(Delivery.received_at)
        .limit(MOST_VERDICTS + 1)
    )
    return [DeliveryFact(*row) for row in await session.execute(query)]


def _endpoints(row: Automation) -> list[str]:
    slack = row.slack or {}
    match row.source:
        case Source.WEBHOOK:
            return [endpoint(EndpointKind.WEBHOOK, row.webhook_path)]
        case Source.EVENT:
            return [endpoint(EndpointKind.EVENT, row.event_name)]
        case Source.SLACK:
            names = [*slack.get("events", ()), *filter(None, [slack.get("command")])]
            return [endpoint(EndpointKind.SLACK, name) for name in names]
        case _:
            return []


def _listens_to(row: Automation) -> str:
    match row.source:
        case Source.WEBHOOK:
            return f"webhook at {row.webhook_path}"
        case Source.EVENT:
            return f"event {row.event_name}"
        case Source.SLACK:
            return "Slack message"
        case _:
            return "manual request"


def _sync_error(row: Automation) -> str | None:
    if row.source is not Source.SCHEDULE:
        return None
    if row.sync_error:
        return row.sync_error
    return (
        None
        if row.synced_revision >= row.revision
        else f"Temporal has revision {row.synced_revision}; Podium has {row.revision}."
    )


def _zone(schedule: Schedule | None, row: Automation) -> ZoneInfo:
    try:
        return schedule.tz if schedule else zone("UTC" if row.source is not Source.SCHEDULE else row.timezone)
    except UnknownTimezone:
        return zone("UTC")
