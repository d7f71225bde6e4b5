"""Gives the declared demo its past, in one transaction."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from demo.history_import import write_history
from demo.past import make_up
from demo.recipe import SOURCE, recipes
from demo.rows import Agent
from models.contracts.specs import AgentSpec
from models.store.automations.declarations import managed_agents, managed_automations


async def give_past(session: AsyncSession, *, seed: int, now: datetime) -> int:
    """Write the past of the demo's automations; return how many runs it has."""
    agents = {row.slug: Agent(row, AgentSpec.model_validate(row.spec)) for row in await managed_agents(session, SOURCE)}
    rows = await managed_automations(session, SOURCE)
    automations = [(row, recipes()[row.slug]) for row in rows if row.slug in recipes()]
    history = make_up(automations, agents, seed=seed, now=now)
    await write_history(session, history, source=SOURCE, now=now)
    return len(history.runs)
