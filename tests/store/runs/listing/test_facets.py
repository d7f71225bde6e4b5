"""Runs are counted by value as a recount in Python would, and each count says what it is."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from models.contracts.runs.error_key import error_key_text
from models.contracts.runs.queries import RunQuery
from models.states import Exactness, RunSource, RunStatus
from models.store.runs.listing import facets as counting
from models.store.runs.listing import outcomes, paths
from models.store.runs.listing.facets import facets
from models.store.runs.listing.selection import selection_of
from models.store.tables.runs import Run
from runtime.database import Sessions, transaction
from tests.store.runs.listing.stored import NOW, Stored, queries

END = {"queued_to": NOW + timedelta(seconds=1)}


@pytest.fixture
async def stored(sessions: Sessions) -> Stored:
    found = Stored(sessions)
    # Over more than an hour, so that some are summed and some are counted at the edges.
    await found.fill(200, seed=6, apart=timedelta(seconds=90))
    return found


def counted(rows: list[Run], name: str) -> dict[str, int]:
    values = Counter(getattr(row, name) for row in rows)
    del values[None]
    if name == "error_key":
        return {error_key_text(key): count for key, count in values.items()}
    return {str(key): count for key, count in values.items()}


def without(query: RunQuery, **fields: Any) -> RunQuery:
    return query.model_copy(update=fields)


async def test_each_value_is_counted_under_all_other_filters(stored: Stored) -> None:
    rows = {row.id: row for row in stored.rows}
    async with transaction(stored.sessions) as session:
        for asked in queries(stored, 25, seed=7):
            query = asked.model_copy(update={"queued_to": asked.queued_to or END["queued_to"]})
            found = await facets(session, await selection_of(session, query))
            matching = stored.expected(query)
            assert (found.total.count, found.total.exactness) == (len(matching), Exactness.EXACT), query
            for facet, column, free in (
                (found.status, "status", {"status": ()}),
                (found.kind, "kind", {"kind": ()}),
                (found.source, "source", {"source": ()}),
                (found.primitive, "primitive_id", {"primitive": ()}),
                (found.error, "error_key", {"error": (), "error_type": ()}),
            ):
                others = [rows[one] for one in stored.expected(without(query, **free))]
                if column == "error_key":
                    others = [row for row in others if row.status in ("failed", "skipped", "missed")]
                expected = counted(others, column)
                if column == "status" and "stuck" in expected:
                    # With what waits for a stuck run, as in the list.
                    expected["stuck"] = len(stored.expected(without(query, status=(RunStatus.STUCK,))))
                assert {one.value: one.count for one in facet} == expected, (column, query)
                assert {one.exactness for one in facet} <= {Exactness.EXACT}


async def test_whole_hours_are_read_from_sums_and_the_rest_is_counted(stored: Stored) -> None:
    span = RunQuery(queued_from=NOW - timedelta(minutes=100), queued_to=NOW - timedelta(minutes=7))
    async with transaction(stored.sessions) as session:
        found = await facets(session, await selection_of(session, span))
    assert (found.total.count, found.total.exactness) == (len(stored.expected(span)), Exactness.EXACT)


async def test_a_count_that_has_stopped_says_so(stored: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "MOST_COUNTED", 20)
    monkeypatch.setattr(paths, "READ_AT_ONCE", 30)
    async with transaction(stored.sessions) as session:
        agents = await facets(session, await selection_of(session, RunQuery(primitive=("agent-a",), **END)))
        rare = await facets(session, await selection_of(session, RunQuery(model=("large",), forced=False, **END)))
        monkeypatch.setattr(outcomes, "READ_AT_ONCE", 10)
        every = await facets(session, await selection_of(session, RunQuery(source=tuple(RunSource), **END)))
    assert (agents.total.count, agents.total.exactness) == (20, Exactness.AT_LEAST)
    assert {one.exactness for one in agents.status} == {Exactness.SO_FAR}
    assert sum(one.count for one in agents.kind) == 20
    assert rare.total.exactness in (Exactness.SO_FAR, Exactness.AT_LEAST)
    assert rare.total.count < len(stored.expected(RunQuery(model=("large",), forced=False)))
    assert {one.exactness for one in every.status} == {Exactness.AT_LEAST}


async def test_a_long_time_is_counted_at_its_end(stored: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outcomes, "LONGEST", timedelta(minutes=30))
    async with transaction(stored.sessions) as session:
        few = await facets(session, await selection_of(session, RunQuery(**END)))
        assert {(sum(one.count for one in few.kind), few.kind[0].exactness)} == {(200, Exactness.EXACT)}
    monkeypatch.setattr(counting, "MOST_COUNTED", 100)
    async with transaction(stored.sessions) as session:
        found = await facets(session, await selection_of(session, RunQuery(**END)))
        # Nothing arrived in the last half hour: the newest runs are counted instead.
        idle = await facets(session, await selection_of(session, RunQuery(queued_to=NOW + timedelta(hours=2))))
    assert (found.total.count, found.total.exactness) == (100, Exactness.AT_LEAST)
    assert {one.exactness for one in found.kind} == {Exactness.AT_LEAST}
    assert sum(one.count for one in found.kind) < 200
    assert sum(one.count for one in idle.kind) == 100
