"""The list's filters and the zone as query parameters, for every page that shows automations."""

from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Depends, Query

from models.errors import UnknownTimezone
from models.rules.zones import zone
from models.store.live import LiveFilters


def get_filters(search: Annotated[str | None, Query(max_length=200)] = None) -> LiveFilters:
    """Read which automations are asked for."""
    return LiveFilters(search)


FiltersDep = Annotated[LiveFilters, Depends(get_filters)]


def get_zone(
    tz: Annotated[
        str, Query(max_length=80, description="The IANA name of the zone whose hours and days count.")
    ] = "UTC",
) -> ZoneInfo:
    """Read the asked zone; raise UnknownTimezone."""
    try:
        return zone(tz)
    except UnknownTimezone as error:
        raise UnknownTimezone(error.detail, field="tz", hint=error.hint) from None


ZoneDep = Annotated[ZoneInfo, Depends(get_zone)]
