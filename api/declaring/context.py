"""What applying a declaration has in hand."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from api.deps import AfterCommit
from api.http.auth import Actor
from api.state import State


@dataclass(frozen=True, slots=True)
class Applying:
    """Who applies which file, and with what."""

    session: AsyncSession
    state: State
    actor: Actor
    after: AfterCommit
    source: str
