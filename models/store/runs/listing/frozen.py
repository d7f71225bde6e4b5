"""The runs that a filter selects at one instant, for an action on all of them."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.runs.queries import MOST_SELECTED, RunQuery
from models.errors import LimitExceeded
from models.store.paging import PageRequest
from models.store.runs.listing.fetching import fetch
from models.store.runs.listing.selection import selection_of

MOST_REQUESTS = 25
"""A search for rare runs reads `READ_AT_ONCE` of them so often at most."""


async def selected_ids(session: AsyncSession, wanted: RunQuery, frozen_at: datetime) -> Sequence[uuid.UUID]:
    """Return the runs that had arrived at an instant and match.

    Raises:
        NotFound: a name does not exist.
        LimitExceeded: there are more than `MOST_SELECTED`, or the search for them takes too long.
    """
    selection = await selection_of(session, wanted, until=frozen_at)
    ids: list[uuid.UUID] = []
    cursor = None
    for _ in range(MOST_REQUESTS):
        found = await fetch(session, selection, PageRequest(MOST_SELECTED + 1, cursor))
        ids += [row.id for row in found.rows]
        cursor = found.next_cursor
        if len(ids) > MOST_SELECTED:
            detail = f"more than {MOST_SELECTED} runs match"
            raise LimitExceeded(detail, field="filter", hint="Narrow the filter, for example by time.")
        if cursor is None:
            return ids
    raise LimitExceeded("the search takes too long", field="filter", hint="Narrow the filter, for example by time.")
