"""Fires the automations that follow the end of a run; what is left undone is found by the sweep."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import structlog

from models.rules.admission.keys import AdmissionKeys
from models.store.admission.to_tell import Admissions, take_admissions
from models.store.deliveries import following
from models.store.deliveries.matches import Match, MatchOutcome
from models.store.deliveries.new_deliveries import NewDelivery, fire_pending
from models.store.deliveries.queries import Arrival, Outcome, Target
from models.store.runs.to_start import run_to_start
from models.store.tables.automations import Automation
from runtime.database import Sessions, transaction
from runtime.expressions.evaluation import keys_of_run

log = structlog.get_logger(__name__)

MOST = 100


async def fire_followers(sessions: Sessions) -> list[Admissions]:
    """Store the runs of pending deliveries, each in its own transaction; return what Temporal must be told."""
    async with transaction(sessions) as session:
        ids = await following.pending_ids(session, MOST)
    decided = []
    for delivery_id in ids:
        try:
            decided.append(await _fire(sessions, delivery_id))
        except Exception:
            log.exception("an automation that follows another is not fired; the sweep tries again", id=str(delivery_id))
    return decided


async def _fire(sessions: Sessions, delivery_id: UUID) -> Admissions:
    async with transaction(sessions) as session:
        found = await following.following(session, delivery_id)
    if found is None:
        return Admissions()
    # Before the transaction that takes locks.
    automation = found.automation
    keys = await keys_of_run(automation, _input(found, automation)) if automation else None
    async with transaction(sessions) as session:
        found = await following.following(session, delivery_id, lock=True)
        if found is None:
            return Admissions()
        new = _new_delivery(found, keys)
        fired = await fire_pending(session, new)
    decided = take_admissions(session)
    if new.targets and keys is None and fired.runs[0].reason is None:
        (target,) = new.targets
        decided.to_start.append(run_to_start(fired.runs[0].run_id, target.primitive, target.automation))
    return decided


def _input(found: following.Following, automation: Automation) -> Any:
    return found.delivery.payload if found.passes_payload else automation.payload


def _new_delivery(found: following.Following, keys: AdmissionKeys | None) -> NewDelivery:
    delivery, automation, now = found.delivery, found.automation, datetime.now(UTC)
    arrival = Arrival(delivery.source, delivery.endpoint, delivery.payload)
    if automation is None:
        return NewDelivery(arrival, Outcome.UNMATCHED, now, id=delivery.id)
    target = Target(
        automation.primitive, _input(found, automation), automation, chain_depth=found.chain_depth, keys=keys
    )
    skipped = target.is_skipped(now)
    match = Match(automation.id, MatchOutcome.PAUSED if skipped else MatchOutcome.MATCHED)
    outcome = Outcome.SKIPPED if skipped else Outcome.FIRED
    return NewDelivery(arrival, outcome, now, (target,), (match,), id=delivery.id)
