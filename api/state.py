"""State of one API process: created by the lifespan, read through dependencies."""

import asyncio
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from api.firing.intake_batches import IntakeBatches
from api.firing.temporal_starter import Starter
from api.http.limits import OpenStreams, WrongKeys
from api.lists.event_stream import Feed
from api.lists.kept_documents import KeptDocuments
from models.store.live_list.board import Board
from models.store.outlook.portfolio import PortfolioCache
from runtime.database import Sessions
from runtime.security.keyring import Keyring
from runtime.settings import Settings
from runtime.temporal.retention import HistoryRetention


@dataclass(frozen=True, slots=True)
class State:
    settings: Settings
    engine: AsyncEngine
    sessions: Sessions
    temporal: Client
    starter: Starter
    intake: IntakeBatches
    keyring: Keyring
    namespace: str
    """Temporal's namespace, for links to its UI."""
    board: Board
    feed: Feed
    retention: HistoryRetention
    portfolios: PortfolioCache
    """Cached projection input, until an automation changes."""
    kept: KeptDocuments
    """Control's documents, kept because adding them up takes long."""
    planning: asyncio.Lock
    """Held while a plan of spreading is made: one at a time, for each takes a processor for seconds."""
    simulating: asyncio.Lock
    """Held while the queues of a what-if are simulated, for the same reason."""
    wrong_keys: WrongKeys
    streams: OpenStreams
    exports: OpenStreams
    """Exports under way; each keeps a connection busy."""
