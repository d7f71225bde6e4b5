"""`/api/automations/{name}/queue`: the runs that flow control holds, and letting them go or clearing them."""

from fastapi import APIRouter

from api.deps import Operator, Reader, Session, StateDep
from api.http.auth import Actor
from api.http.bodies import JsonRoute
from api.http.errors import responses
from models.contracts.automations.queue import QueueChange, QueueSelection, QueueView
from models.states import SkipReason
from models.store.admission import queue
from models.store.admission.admit import MOST_AT_ONCE, database_now
from models.store.admission.dropping import drop
from models.store.automations import queries as automations
from models.store.governance import audit
from models.store.runs.locks import lock_automation
from runtime.temporal.admissions import admitting

router = APIRouter(prefix="/api/automations", tags=["automations"], route_class=JsonRoute)


@router.get("/{name}/queue", responses=responses(404))
async def queue_of(name: str, session: Session, _: Reader) -> QueueView:
    """Read the queue of an automation: what waits for its flow control, and its limits."""
    return await queue.view(session, await automations.by_name(session, name))


@router.post("/{name}/queue/release", responses=responses(404))
async def release_waiting(
    name: str, wanted: QueueSelection, session: Session, state: StateDep, actor: Operator
) -> QueueChange:
    """Let waiting runs start now, beyond the limits of their automation."""
    return await _change(name, wanted, session, state, actor, releases=True)


@router.post("/{name}/queue/clear", responses=responses(404))
async def clear_waiting(
    name: str, wanted: QueueSelection, session: Session, state: StateDep, actor: Operator
) -> QueueChange:
    """Close waiting runs as skipped (`cleared`); they can be rerun."""
    return await _change(name, wanted, session, state, actor, releases=False)


async def _change(
    name: str, wanted: QueueSelection, session: Session, state: StateDep, actor: Actor, *, releases: bool
) -> QueueChange:
    """Release or clear the selected runs, some in each transaction, so that nobody waits long for the automation."""
    automation_id = (await automations.by_name(session, name)).id
    planned = await queue.count(session, automation_id, wanted)
    if wanted.dry_run or not planned:
        return QueueChange(count=planned)
    await session.commit()
    done = 0
    # What arrives meanwhile is not part of what was asked.
    while done < planned:
        async with admitting(state.sessions, state.temporal) as some:
            row = await lock_automation(some, automation_id)
            if releases:
                changed = await queue.release(some, row, wanted, min(MOST_AT_ONCE, planned - done))
            else:
                now = await database_now(some)
                changed = await drop(some, row, SkipReason.CLEARED, now, *queue.selected(wanted))
            if not changed:
                break
            done += changed
            await audit.record(
                some,
                actor=actor.name,
                action=f"queue.{'released' if releases else 'cleared'}",
                subject_type="automation",
                subject_id=automation_id,
                after={"runs": changed},
                reason=wanted.reason,
            )
    return QueueChange(count=done)
