"""Writes the demo's past runs in one transaction."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from demo.history_import import write_history
from demo.past_runs import make_up
from demo.recipe import PROJECT, recipes
from demo.run_rows import Agent
from models.contracts.primitives.specs import AgentSpec
from models.store.automations.declarations import managed_agents, managed_automations
from models.store.budgets.recount import recount_soon
from models.store.tables.automations import Automation


async def write_past_runs(session: AsyncSession, *, seed: int, now: datetime) -> int:
    """Write the past runs of the demo's automations; return their number."""
    agents = {
        row.slug: Agent(row, AgentSpec.model_validate(row.spec)) for row in await managed_agents(session, PROJECT)
    }
    rows = await managed_automations(session, PROJECT)
    automations = [(row, recipes()[row.slug]) for row in rows if row.slug in recipes()]
    history = make_up(automations, agents, seed=seed, now=now)
    await write_history(session, history, source=PROJECT, now=now)
    await recount_soon(session, now)
    return len(history.runs)


async def release_archived(session: AsyncSession) -> None:
    """Disown archived items, so that loading the demo again creates new automations with a new past."""
    await session.execute(
        update(Automation)
        .where(Automation.managed_by == PROJECT, Automation.archived_at.is_not(None))
        .values(managed_by=None)
    )
