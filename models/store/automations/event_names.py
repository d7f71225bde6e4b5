"""Known event names: those that automations listen for, and those that arrived recently.

Only the newest deliveries are searched, so that the query does not slow down as the table grows.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.automations.event_names import EventName, EventNames
from models.endpoints import EndpointKind, endpoint
from models.states import Source
from models.store.tables.automations import Automation
from models.store.tables.deliveries import Delivery

NEWEST = 2000
MOST = 500
EVENT_PREFIX = endpoint(EndpointKind.EVENT, "")
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


async def event_names(session: AsyncSession) -> EventNames:
    """Return the known event names, most recently received first."""
    listeners, last_received = await _listened_for(session), await _received(session)
    names = sorted(
        listeners.keys() | last_received.keys(), key=lambda name: (NEVER - last_received.get(name, NEVER), name)
    )
    return EventNames(
        items=tuple(
            EventName(name=name, automations=listeners.get(name, 0), last_at=last_received.get(name))
            for name in names[:MOST]
        )
    )


async def _listened_for(session: AsyncSession) -> Mapping[str, int]:
    query = (
        select(Automation.event_name, func.count())
        .where(Automation.event_name.is_not(None), Automation.archived_at.is_(None))
        .group_by(Automation.event_name)
    )
    return {name: count for name, count in await session.execute(query) if name is not None}


async def _received(session: AsyncSession) -> Mapping[str, datetime]:
    newest = select(Delivery).order_by(Delivery.received_at.desc(), Delivery.id.desc()).limit(NEWEST).subquery()
    query = (
        select(newest.c.endpoint, func.max(newest.c.received_at))
        .where(newest.c.source == Source.EVENT, newest.c.endpoint.startswith(EVENT_PREFIX, autoescape=True))
        .group_by(newest.c.endpoint)
    )
    return {endpoint.removeprefix(EVENT_PREFIX): at for endpoint, at in await session.execute(query)}
