"""What one process of the API holds: made once by the lifespan, read by the dependencies."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from api.firing.temporal_starter import Starter
from api.lists.event_stream import Feed
from models.store.live_list.board import Board
from models.store.outlook.portfolio import PortfolioCache
from runtime.database import Sessions
from runtime.keyring import Keyring
from runtime.settings import Settings


@dataclass(frozen=True, slots=True)
class State:
    """The process's settings, its way to PostgreSQL and its way to Temporal."""

    settings: Settings
    engine: AsyncEngine
    sessions: Sessions
    temporal: Client
    starter: Starter
    keyring: Keyring
    namespace: str
    """Temporal's, as links to its page name it."""
    board: Board
    feed: Feed
    portfolios: PortfolioCache
    """What projections were made ready for, until an automation changes."""
