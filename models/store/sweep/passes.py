"""When each part of the sweep last came to its end."""

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models.store.tables.sweep import SweepPass


async def note_pass(session: AsyncSession, part: str) -> None:
    """Record that a part has come to its end now, by the database's clock."""
    statement = insert(SweepPass).values(part=part, passed_at=func.now())
    await session.execute(
        statement.on_conflict_do_update(index_elements=["part"], set_={"passed_at": statement.excluded.passed_at})
    )


async def sweep_ages(session: AsyncSession) -> dict[str, float]:
    """Return how many seconds ago each part came to its end; empty if the sweep has never run."""
    query = select(SweepPass.part, func.extract("epoch", func.now() - SweepPass.passed_at))
    return {part: float(age) for part, age in await session.execute(query)}
