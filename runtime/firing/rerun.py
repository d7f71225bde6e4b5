"""Runs a run again: the same primitive, for the same automation if it had one."""

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncSession

from models.errors import Conflict
from models.store.automations import queries as automations
from models.store.deliveries.queries import Target
from models.store.tables.runs import Run


async def rerun_target(session: AsyncSession, run: Run, payload: JsonValue) -> Target:
    """Return what to start; a paused automation starts it all the same.

    Raises:
        Conflict: the primitive or the automation is archived.
    """
    automation = await automations.by_name(session, str(run.automation_id)) if run.automation_id else None
    if run.primitive.archived_at:
        raise Conflict(f"{run.primitive.slug} is archived", hint="Create a new one.")
    if automation and automation.archived_at:
        raise Conflict(f"{automation.slug} is archived", hint="Restore it first.")
    paused = automation is not None and not automation.is_active
    due_at = run.due_at or run.nominal_at
    return Target(run.primitive, payload, automation, forced=paused, rerun_of=run.id, nominal_at=due_at)
