"""Deliveries as the API shows them."""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.runs.deliveries import DeliveryMatchView, DeliveryRow, DeliveryRun, DeliveryView
from models.contracts.runs.views import AutomationRef
from models.rules.json.storable import shown
from models.states import MatchOutcome, Source
from models.store.admission.holders import holder
from models.store.ids import among
from models.store.tables.automations import Automation
from models.store.tables.deliveries import Delivery
from models.store.tables.delivery_matches import DeliveryMatch
from models.store.tables.runs import Run

RUNS_IN_LISTS = 5
RUNS_SHOWN = 1000
REPLAYS_SHOWN = 20
BODY_CHARACTERS = 100_000
_SHOWN = (
    *("id", "source", "endpoint", "outcome", "dead_reason", "note", "size", "idempotency_key", "sent_by"),
    *("replay_of", "replay_id", "received_at", "content_deleted_at"),
)
_RUN = (
    *(Run.id, Run.delivery_id, Run.automation_id, Run.kind, Run.status, Run.reason, Run.held_by),
    *(Run.agent_held_at, Run.budget_held_at, Run.temporal_workflow_id),
)


async def rows_of(session: AsyncSession, found: Sequence[Any]) -> tuple[DeliveryRow, ...]:
    """Return slim rows with the first of their runs."""
    ids = [row.id for row in found]
    runs, counts = await _runs(session, ids, RUNS_IN_LISTS)
    matches = await _match_counts(session, ids)
    return tuple(DeliveryRow(**_facts(row, runs[row.id], counts[row.id], matches[row.id])) for row in found)


async def view_of(session: AsyncSession, row: Delivery) -> DeliveryView:
    """Return a delivery with what was sent, and what it meant for each automation."""
    runs, counts = await _runs(session, [row.id], RUNS_SHOWN)
    listeners = await _listeners(session, row.id, runs[row.id])
    matches: dict[MatchOutcome, int] = defaultdict(int)
    for one in listeners:
        matches[one.outcome] += 1
    replays = select(Delivery).where(Delivery.replay_of == row.id)
    newest = replays.order_by(Delivery.received_at.desc(), Delivery.id.desc()).limit(REPLAYS_SHOWN)
    return DeliveryView(
        **_facts(row, runs[row.id], counts[row.id], matches),
        headers=row.headers,
        payload=shown(row.payload),
        body=_text(row),
        listeners=listeners,
        replays=await rows_of(session, (await session.scalars(newest)).all()),
    )


def _facts(row: Any, runs: Sequence[DeliveryRun], count: int, matches: Mapping[MatchOutcome, int]) -> dict[str, Any]:
    own = {name: getattr(row, name) for name in _SHOWN}
    return {**own, "runs": tuple(runs), "run_count": count, "matches": dict(matches)}


def _text(row: Delivery) -> str | None:
    """Return the body as text; None where it is none, or holds the tokens that Slack sends."""
    if not row.body or row.source is Source.SLACK or "x-slack-request-timestamp" in row.headers:
        return None
    try:
        return row.body.decode()[:BODY_CHARACTERS].replace("\x00", "\ufffd")
    except UnicodeDecodeError:
        return None


async def _runs(
    session: AsyncSession, ids: Sequence[uuid.UUID], most: int
) -> tuple[Mapping[uuid.UUID, Sequence[DeliveryRun]], Mapping[uuid.UUID, int]]:
    """Return the first runs of each delivery, and how many it has."""
    numbered = select(
        *_RUN,
        func.row_number().over(order_by=Run.id, partition_by=Run.delivery_id).label("number"),
        func.count().over(partition_by=Run.delivery_id).label("all"),
    ).where(among(Run.delivery_id, ids))
    few = numbered.subquery()
    query = select(few, Automation.slug, Automation.name).outerjoin(Automation, Automation.id == few.c.automation_id)
    runs: dict[uuid.UUID, list[DeliveryRun]] = defaultdict(list)
    counts: dict[uuid.UUID, int] = defaultdict(int)
    row: Any
    for row in await session.execute(query.where(few.c.number <= most).order_by(few.c.id)):
        counts[row.delivery_id] = row.all
        runs[row.delivery_id].append(
            DeliveryRun(
                run_id=row.id,
                automation=_ref(row.automation_id, row.slug, row.name) if row.automation_id else None,
                kind=row.kind,
                status=row.status,
                reason=row.reason,
                held_by=holder(row),
                temporal_workflow_id=row.temporal_workflow_id,
            )
        )
    return runs, counts


async def _match_counts(
    session: AsyncSession, ids: Sequence[uuid.UUID]
) -> Mapping[uuid.UUID, Mapping[MatchOutcome, int]]:
    query = select(DeliveryMatch.delivery_id, DeliveryMatch.outcome, func.count())
    query = query.where(among(DeliveryMatch.delivery_id, ids)).group_by(
        DeliveryMatch.delivery_id, DeliveryMatch.outcome
    )
    counts: dict[uuid.UUID, dict[MatchOutcome, int]] = defaultdict(dict)
    for delivery_id, outcome, count in await session.execute(query):
        counts[delivery_id][MatchOutcome(outcome)] = count
    return counts


async def _listeners(
    session: AsyncSession, delivery_id: uuid.UUID, runs: Sequence[DeliveryRun]
) -> tuple[DeliveryMatchView, ...]:
    by_automation = {run.automation.id: run for run in runs if run.automation}
    query = (
        select(DeliveryMatch, Automation.slug, Automation.name)
        .join(Automation, Automation.id == DeliveryMatch.automation_id)
        .where(DeliveryMatch.delivery_id == delivery_id)
        .order_by(Automation.name, Automation.id)
    )
    return tuple(
        DeliveryMatchView(
            automation=_ref(match.automation_id, slug, name),
            outcome=MatchOutcome(match.outcome),
            code=match.code,
            reason=match.reason,
            run=by_automation.get(match.automation_id),
        )
        for match, slug, name in await session.execute(query)
    )


def _ref(automation_id: uuid.UUID, slug: str, name: str) -> AutomationRef:
    return AutomationRef(id=automation_id, slug=slug, name=name)
