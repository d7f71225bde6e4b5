"""Runs are found by any filter as a recount in Python would, page by page, whichever way they are read."""

from datetime import timedelta

import pytest

from models.contracts.runs.queries import RunQuery
from models.errors import Invalid, NotFound
from models.kinds import Kind
from models.states import FoundBy, RunSource, RunStatus, StatusGroup
from models.store.runs.listing import fetching, paths
from models.store.runs.listing.fetching import choose
from models.store.runs.listing.paths import Way
from models.store.runs.listing.selection import selection_of
from runtime.database import Sessions, transaction
from tests.store.runs.listing.stored import NOW, Stored, queries


@pytest.fixture
async def stored(sessions: Sessions) -> Stored:
    found = Stored(sessions)
    await found.fill(200, seed=4)
    return found


@pytest.mark.parametrize(
    ("read", "counted", "share"), [(20_000, 2000, (0, 0)), (20_000, 2000, (9000, 1)), (25, 40, (0, 0)), (25, 1, (5, 5))]
)
async def test_every_filter_finds_what_a_recount_finds_page_by_page(
    stored: Stored, monkeypatch: pytest.MonkeyPatch, read: int, counted: int, share: tuple[int, int]
) -> None:
    monkeypatch.setattr(paths, "READ_AT_ONCE", read)
    monkeypatch.setattr(fetching, "COUNTED_FIRST", counted)
    await stored.shares(*share)
    for query in queries(stored, 35, seed=read + counted):
        pages = await stored.pages(query, limit=12)
        assert [row.id for page in pages for row in page.rows] == stored.expected(query), query
        assert all(len(page.rows) <= 12 for page in pages)


async def test_a_search_for_rare_runs_stops_and_says_how_far_it_went(
    stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "READ_AT_ONCE", 10)
    pages = await stored.pages(RunQuery(reason=("outage",), model=("large",)), limit=50)
    assert len(pages) > 2
    reached = [page.searched_to for page in pages[:-1]]
    assert all(at is not None for at in reached)
    assert reached == sorted(reached, reverse=True)  # type: ignore[type-var]
    assert pages[-1].searched_to is None


async def test_a_long_queue_of_open_runs_is_looked_through_piece_by_piece(
    stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "READ_AT_ONCE", 7)
    query = RunQuery(source=(RunSource.SLACK,))
    pages = await stored.pages(query, limit=50)
    assert len(pages) > 3
    assert [row.id for page in pages for row in page.rows] == stored.expected(query)


async def test_a_frozen_set_leaves_out_what_arrives_later(stored: Stored) -> None:
    until = NOW - timedelta(seconds=20)
    pages = await stored.pages(RunQuery(kind=(Kind.AGENT,)), 50, until=until)
    expected = RunQuery(kind=(Kind.AGENT,), queued_to=until + timedelta(microseconds=1))
    assert [row.id for page in pages for row in page.rows] == stored.expected(expected)


async def test_the_way_with_the_fewest_runs_is_taken(stored: Stored) -> None:
    agent, workflow = stored.primitives[0].slug, stored.primitives[2].slug
    async with transaction(stored.sessions) as session:
        for query, way in (
            (RunQuery(), None),
            (RunQuery(primitive=(agent,)), Way.PRIMITIVE),
            (RunQuery(primitive=(agent,), error=(99,)), Way.ERROR),
            (RunQuery(primitive=(agent,), error=(11,), status=(RunStatus.MISSED,), source=(RunSource.EVENT,)), None),
            (RunQuery(automation=(stored.automations[2].slug,), primitive=(workflow,)), Way.AUTOMATION),
            (RunQuery(status=(StatusGroup.OPEN,)), Way.OPEN),
            (RunQuery(status=(RunStatus.FAILED,)), Way.OUTCOME),
            (RunQuery(q="agent-a"), Way.WORDS),
        ):
            reading = await choose(session, await selection_of(session, query), None, 51)
            if query.status == (RunStatus.MISSED,):
                # All are counted, and the fewest are read: either of the two.
                assert reading.path is not None
                assert reading.path.way in (Way.PRIMITIVE, Way.OUTCOME), query
            else:
                assert (reading.path.way if reading.path else None) is way, query


async def test_runs_are_found_by_the_ids_of_what_they_belong_to(stored: Stored) -> None:
    row = stored.rows[30]
    async with transaction(stored.sessions) as session:
        for typed, found_by, expected in (
            (str(row.id), FoundBy.RUN, {row.id}),
            (f" {str(row.id)[:30]} ", FoundBy.RUN, None),
            (f"run:{row.id}", FoundBy.TEMPORAL, {row.id}),
            ("00000000-0000-4000-8000-000000000000", FoundBy.WORDS, set()),
            ("%", FoundBy.WORDS, set()),
        ):
            wanted = await selection_of(session, RunQuery(q=typed))
            found = {one.id for page in await stored.pages(RunQuery(q=typed), 50) for one in page.rows}
            assert wanted.meaning is not None
            assert wanted.meaning.found_by is found_by, typed
            assert found == expected or (expected is None and row.id in found), typed


async def test_a_filter_that_contradicts_itself_is_refused(stored: Stored) -> None:
    async with transaction(stored.sessions) as session:
        for query, field in (
            (RunQuery(queued_from=NOW, queued_to=NOW - timedelta(seconds=1)), "from"),
            (RunQuery(min_duration_ms=2, max_duration_ms=1), "minDurationMs"),
            (RunQuery.model_validate({"minCostUsd": "2", "maxCostUsd": "1"}), "minCostUsd"),
        ):
            with pytest.raises(Invalid) as refused:
                await selection_of(session, query)
            assert refused.value.field == field
        for query in (RunQuery(automation=("nobody",)), RunQuery(primitive=("nothing",))):
            with pytest.raises(NotFound):
                await selection_of(session, query)
