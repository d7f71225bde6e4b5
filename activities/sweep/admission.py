"""The sweep's share in flow control: it repeats what a lost process has left undone."""

from datetime import datetime, timedelta
from uuid import UUID

from temporalio.client import Client

from activities.sweep.reconciliation import side_by_side
from models.store.admission import due
from models.store.admission.capacity import agents_with_waiting_runs, let_next_in
from models.store.admission.dropping import advance
from models.store.budgets.waiting import next_look, plan_looks
from models.store.deliveries import following
from models.store.runs.locks import lock_automation
from runtime.database import Sessions, transaction
from runtime.temporal.admissions import (
    admitting,
    cancel_replaced,
    fire_and_tell,
    look_at_budgets,
    start_admission,
    wake_run,
)

UNTOLD_AFTER = timedelta(seconds=5)
OVERDUE = timedelta(seconds=-2)
PAGE = 500


async def admit_waiting(sessions: Sessions, client: Client, now: datetime) -> None:
    """Admit runs whose turn was missed, and tell Temporal again what it may not have been told.

    1. Look at every automation and every agent that has waiting runs.
    2. Let the runs in that wait for a budget and fit.
    3. Wake workflows whose run was admitted some time ago, and cancel runs that another replaces.
    4. Fire automations that follow runs which have ended.
    5. Start the admission workflow if an instant has passed unnoticed.
    6. Delete keys that have expired.
    """
    async with transaction(sessions) as session:
        waiting = await due.with_waiting_runs(session)
    replaced: list[str] = []

    async def look(automation_id: UUID) -> bool:
        async with admitting(sessions, client) as session:
            automation = await lock_automation(session, automation_id)
            await advance(session, automation)
            replaced.extend(await due.to_be_cancelled(session, automation))
        return True

    async def wake(temporal_workflow_id: str) -> bool:
        await wake_run(client, temporal_workflow_id)
        return True

    async def cancel(temporal_workflow_id: str) -> bool:
        await cancel_replaced(client, temporal_workflow_id)
        return True

    async def look_at_agent(agent_id: UUID) -> bool:
        async with admitting(sessions, client) as session:
            await let_next_in(session, agent_id)
        return True

    await side_by_side(waiting, look, what="admit waiting runs")
    async with transaction(sessions) as session:
        agents = await agents_with_waiting_runs(session)
    await side_by_side(agents, look_at_agent, what="admit runs that wait for an agent")
    await look_at_budgets(sessions, client)
    async with transaction(sessions) as session:
        await plan_looks(session, now)
        untold = await due.untold_workflows(session, now - UNTOLD_AFTER, PAGE)
        instants = [await due.next_instant(session), await next_look(session)]
        await due.prune_keys(session)
    await side_by_side(untold, wake, what="wake an admitted run")
    await side_by_side(replaced, cancel, what="cancel a replaced run")
    await _fire_followers(sessions, client)
    if any(left is not None and left < OVERDUE for left in instants):
        await start_admission(client)


async def _fire_followers(sessions: Sessions, client: Client) -> None:
    """Fire the automations of all pending deliveries; one that cannot be fired stops no other."""

    async def fire(one: following.PendingDelivery) -> bool:
        await fire_and_tell(sessions, client, one.id)
        return True

    after, page = None, PAGE
    while page == PAGE:
        async with transaction(sessions) as session:
            found = await following.pending(session, PAGE, after)
        page, after = len(found), found[-1] if found else None
        await side_by_side(found, fire, what="fire an automation that follows another")
