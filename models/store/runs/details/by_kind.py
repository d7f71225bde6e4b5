"""What a run of each kind shows of itself."""

from collections.abc import Awaitable, Callable, Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.runs.details import KindDetails
from models.kinds import Kind
from models.store.runs.details.agents import agent_details
from models.store.runs.details.campaigns import campaign_details
from models.store.runs.details.networks import network_details
from models.store.runs.details.pipelines import pipeline_details
from models.store.runs.details.pulses import pulse_details
from models.store.tables.runs import Run

DETAILS: Mapping[Kind, Callable[[AsyncSession, Run], Awaitable[KindDetails]]] = {
    Kind.AGENT: agent_details,
    Kind.WORKFLOW: pipeline_details,
    Kind.NETWORK: network_details,
    Kind.CAMPAIGN: campaign_details,
    Kind.PULSE: pulse_details,
}


async def details_of(session: AsyncSession, run: Run) -> KindDetails:
    """Return the details of a run that is loaded with its primitive, and without its values."""
    return await DETAILS[run.kind](session, run)
