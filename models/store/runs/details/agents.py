"""What an agent's run shows: the attempts of its call."""

from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.runs.details import AgentDetails
from models.store.runs.details.attempts import attempts_of, recorded_attempts
from models.store.tables.runs import Run


async def agent_details(session: AsyncSession, run: Run) -> AgentDetails:
    return AgentDetails(
        runner=run.primitive.runner,
        called_at=run.called_at,
        callback_until=None if run.answered_at or run.finished_at else run.callback_until,
        failed_attempts=run.call_failures,
        attempts=attempts_of(run, await recorded_attempts(session, [run])),
    )
