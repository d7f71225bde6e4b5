"""What the pages that look ahead ask for: which automations, and in whose zone's hours and days."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Depends, Query

from api.deps import Session, StateDep
from api.lists.live_filters import LiveFiltersDep
from models.errors import UnknownTimezone
from models.rules.cron.zones import zone
from models.rules.listing.filters import LiveFilters
from models.states import Window
from models.store.live_list.page import matching

EVERYTHING = LiveFilters()


async def get_wanted(session: Session, state: StateDep, filters: LiveFiltersDep) -> set[UUID] | None:
    """Find the automations that the list's filters show; None where nothing is filtered."""
    if replace(filters, window=Window.RECENT) == EVERYTHING:
        return None
    return await matching(session, state.board, filters, datetime.now(UTC))


WantedDep = Annotated[set[UUID] | None, Depends(get_wanted, scope="function")]


def get_zone(
    tz: Annotated[str, Query(max_length=80, description="The zone whose hours and days count.")] = "UTC",
) -> ZoneInfo:
    """Read the asked zone; raise UnknownTimezone."""
    try:
        return zone(tz)
    except UnknownTimezone as error:
        raise UnknownTimezone(error.detail, field="tz", hint=error.hint) from None


ZoneDep = Annotated[ZoneInfo, Depends(get_zone)]
