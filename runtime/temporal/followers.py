"""Fires the automations that follow the end of a run; who has closed it does so, and the sweep what is left undone."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from models.rules.admission.keys import AdmissionKeys
from models.states import DeliveryOutcome
from models.store.admission.to_tell import Admissions, take_admissions
from models.store.deliveries import following
from models.store.deliveries.new_deliveries import NewDelivery, fire_pending
from models.store.deliveries.queries import Arrival, Target
from models.store.runs.to_start import run_to_start
from models.store.tables.automations import Automation
from runtime.database import Sessions, transaction
from runtime.expressions.evaluation import keys_of_run


async def fire_follower(sessions: Sessions, delivery_id: UUID) -> Admissions:
    """Store the runs of a pending delivery in a transaction of its own; return what Temporal must be told."""
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
    return found.output if found.passes_payload else automation.payload


def _new_delivery(found: following.Following, keys: AdmissionKeys | None) -> NewDelivery:
    delivery, automation, now = found.delivery, found.automation, datetime.now(UTC)
    arrival = Arrival(delivery.source, delivery.endpoint, found.output, chain=found.chain)
    if automation is None:
        return NewDelivery(arrival, DeliveryOutcome.UNMATCHED, now, id=delivery.id)
    target = Target(automation.primitive, _input(found, automation), automation, chain=found.chain, keys=keys)
    outcome = DeliveryOutcome.SKIPPED if target.is_skipped(now) else DeliveryOutcome.FIRED
    matches = [match] if (match := target.match(now)) else []
    return NewDelivery(arrival, outcome, now, (target,), matches, id=delivery.id)
