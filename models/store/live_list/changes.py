"""The changes since a PostgreSQL snapshot: the source of the live list and of the event stream.

With a snapshot a reader misses nothing and sees nothing twice, in any process and across reconnects. If the changes
it needs have been pruned, it is told so and must read everything again.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

CHANNEL = "podium"
KEPT = timedelta(minutes=30)
PRUNED_AT_ONCE = 20_000

_SNAPSHOT = re.compile(r"^[0-9]{1,18}:[0-9]{1,18}:([0-9]{1,18}(,[0-9]{1,18})*)?$")

_SINCE = text(
    """
    WITH given AS (SELECT CAST(:since AS pg_snapshot) AS seen),
    unseen AS (
        SELECT subject, id FROM changes
        WHERE xid >= (SELECT pg_snapshot_xmin(seen)::text::bigint FROM given)
          AND NOT pg_visible_in_snapshot(xid::text::xid8, (SELECT seen FROM given))
    )
    SELECT pg_current_snapshot()::text,
           coalesce((SELECT min(xid) FROM changes) < (SELECT pg_snapshot_xmin(seen)::text::bigint FROM given), false)
               AND (SELECT pg_snapshot_xmax(seen) FROM given) <= pg_snapshot_xmax(pg_current_snapshot()),
           ARRAY(SELECT DISTINCT id FROM unseen WHERE subject = 'automation'),
           ARRAY(SELECT DISTINCT id FROM unseen WHERE subject = 'run' ORDER BY id)
    """
)

_PRUNE = text(
    """
    DELETE FROM changes WHERE (xid, subject, id) IN (
        SELECT xid, subject, id FROM (SELECT * FROM changes ORDER BY xid LIMIT :most) AS oldest
        WHERE at < clock_timestamp() - CAST(:keep AS interval) AND xid < (SELECT max(xid) FROM changes)
    )
    """
)

# After a restore into another server transaction ids start low again: rows with higher ids come from the old server.
_FORGET_ANOTHER_SERVER = text(
    "DELETE FROM changes WHERE xid >= (pg_snapshot_xmax(pg_current_snapshot())::text)::bigint"
)
_MARK = text(
    """
    INSERT INTO changes (subject, id)
    SELECT 'marker', '00000000-0000-0000-0000-000000000000' WHERE NOT EXISTS (SELECT FROM changes)
    """
)


@dataclass(frozen=True, slots=True)
class Changes:
    """The changes that became visible after a snapshot, and the snapshot to ask with next.

    Attributes:
        whole: False if the table no longer reaches back that far: anything may have changed.
    """

    snapshot: str
    whole: bool
    automations: frozenset[UUID]
    runs: tuple[UUID, ...]


async def snapshot(session: AsyncSession) -> str:
    """Return the current snapshot as text."""
    found: str = (await session.execute(text("SELECT pg_current_snapshot()::text"))).scalar_one()
    return found


async def since(session: AsyncSession, seen: str) -> Changes:
    """Return what has become visible since a snapshot."""
    now, whole, automations, runs = (await session.execute(_SINCE, {"since": seen})).one()
    return Changes(now, whole, frozenset(automations), tuple(runs))


def is_snapshot(given: str) -> bool:
    """Return whether a client's text can be a snapshot."""
    if len(given) > 4000 or not _SNAPSHOT.match(given):
        return False
    low, high, among = given.split(":")
    running = [int(one) for one in among.split(",")] if among else []
    ordered = all(one < other for one, other in pairwise(running))
    inside = all(int(low) <= one < int(high) for one in running)
    return 0 < int(low) <= int(high) and ordered and inside


async def prune(session: AsyncSession, keep: timedelta = KEPT) -> None:
    """Delete older changes except the newest row, which marks how far back the table reaches."""
    await session.execute(_FORGET_ANOTHER_SERVER)
    await session.execute(_PRUNE, {"most": PRUNED_AT_ONCE, "keep": keep})
    await session.execute(_MARK)
