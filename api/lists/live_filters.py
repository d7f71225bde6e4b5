"""Turns the live list's query parameters into the filters that the store compares with."""

from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from api.state import State
from models.contracts.queries import LiveQuery
from models.errors import Invalid, UnknownTimezone
from models.rules.cron.zones import zone
from models.rules.listing.filters import LiveFilters, Starting, searching
from models.store.live_list.page import matching
from models.store.outlook.density import starting_between

MAX_SPAN = timedelta(days=31)


async def live_filters(session: AsyncSession, state: State, query: LiveQuery) -> LiveFilters:
    """Raise `Invalid` for a span from `startsFrom` to `startsTo` that is incomplete, empty or too long."""
    return LiveFilters(
        search=searching(query.search),
        primitives=frozenset(query.primitive),
        types=frozenset(query.type),
        severities=frozenset(query.severity),
        states=frozenset(query.state),
        agents=frozenset(query.agent),
        archived=frozenset(query.archived),
        window=query.window,
        starting=await _starting(session, state, query.starts_from, query.starts_to),
    )


async def matching_ids(session: AsyncSession, state: State, query: LiveQuery) -> set[UUID] | None:
    """The automations that match, or None for every live one and none that is archived."""
    if query.is_all_live:
        return None
    filters = await live_filters(session, state, query)
    return await matching(session, state.board, filters, datetime.now(UTC))


def read_zone(name: str) -> ZoneInfo:
    """Raise `UnknownTimezone` for the field `tz`."""
    try:
        return zone(name)
    except UnknownTimezone as error:
        raise UnknownTimezone(error.detail, field="tz", hint=error.hint) from None


async def _starting(
    session: AsyncSession, state: State, since: datetime | None, until: datetime | None
) -> Starting | None:
    if since is None and until is None:
        return None
    if since is None or until is None:
        missing = "startsFrom" if since is None else "startsTo"
        raise Invalid("startsFrom and startsTo must be used together", field=missing)
    if not timedelta(0) < until - since <= MAX_SPAN:
        raise Invalid("`startsTo` must be after `startsFrom`, by at most 31 days", field="startsTo")
    ids = await starting_between(session, state.portfolios, since, until, datetime.now(UTC))
    return Starting(since, until, ids)
