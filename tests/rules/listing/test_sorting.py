"""Every sort order is total, can be continued from any position, and puts missing values last."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.kinds import Kind
from models.rules.listing.filters import Entry, Judgement, LiveFilters, Tally
from models.rules.listing.rendering import Rendering
from models.rules.listing.search import Relevance, folded, haystack, relevance
from models.rules.listing.severity import severity
from models.rules.listing.sorting import SORTINGS, Ordered
from models.states import AutomationState, Order, Severity, SortBy, Source, Window
from tests.rules.properties import examples

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def judgement(completed: int, failed: int) -> Judgement:
    return Judgement(completed, failed, severity(completed, failed))


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    few = st.integers(0, 3)
    name = draw(st.sampled_from(["Ähre", "ahre", "Zoo", "zoo 2", ""]))
    at = st.one_of(st.none(), few.map(lambda days: NOW + timedelta(days=days)))
    return Entry(
        id=uuid.UUID(int=draw(st.integers(0, 2**128 - 1))),
        slug="x",
        name=name,
        kind=draw(st.sampled_from(list(Kind))),
        source=draw(st.sampled_from(list(Source))),
        is_active=draw(st.booleans()),
        is_archived=draw(st.booleans()),
        state=draw(st.sampled_from(list(AutomationState))),
        agents=frozenset(draw(st.sets(st.sampled_from("ab")))),
        searched=haystack(name),
        started=draw(few),
        judged={Window.RECENT: judgement(draw(few), draw(few)), Window.ALL: judgement(draw(few), draw(few))},
        last_run_at=draw(at),
        next_run_at=draw(at),
        month_usd=draw(st.one_of(st.none(), few.map(Decimal))),
        valid_until=NOW,
        rendering=Rendering(dict),
    )


lists = st.lists(entries(), max_size=12, unique_by=lambda one: one.id)


@examples(60)
@given(lists, st.sampled_from(SortBy), st.sampled_from(Window), st.sampled_from(Order), st.data())
def test_an_updated_order_equals_a_new_one_and_pages_from_every_position(
    rows: list[Entry], sort: SortBy, window: Window, order: Order, data: st.DataObject
) -> None:
    gone = data.draw(st.lists(st.sampled_from(rows), unique_by=lambda one: one.id) if rows else st.just([]))
    kept_up = Ordered(sort, window, rows[:3])
    for row in rows[3:]:
        kept_up.add(row)
    for row in gone:
        kept_up.remove(row)
    left = [row for row in rows if row not in gone]
    found = list(kept_up.read(order))
    assert found == list(Ordered(sort, window, left).read(order))
    assert sorted(found) == sorted(row.id.int for row in left)
    by_number = {row.id.int: row for row in rows}
    keys = [SORTINGS[sort].key(by_number[number], window) for number in found]
    values = [key for key in keys if key is not None]
    assert values == sorted(values, reverse=order is Order.DESC)
    assert None not in keys[: len(values)]
    for row in rows:
        behind = list(kept_up.read(order, kept_up.position(row)))
        before = list(Ordered(sort, window, [*left, row] if row in gone else left).read(order))
        assert behind == before[before.index(row.id.int) + 1 :]


@examples(60)
@given(lists, st.booleans(), st.sampled_from(Window), st.data())
def test_an_updated_tally_equals_a_count_of_the_list(
    rows: list[Entry], both: bool, window: Window, data: st.DataObject
) -> None:
    filters = LiveFilters(
        primitives=frozenset(data.draw(st.sets(st.sampled_from(Kind), max_size=2))),
        types=frozenset(data.draw(st.sets(st.sampled_from(Source), max_size=2))),
        severities=frozenset(data.draw(st.sets(st.sampled_from(Severity), max_size=2))),
        states=frozenset(data.draw(st.sets(st.sampled_from(AutomationState), max_size=2))),
        archived=frozenset({False, True} if both else {False}),
        window=window,
    )
    gone = data.draw(st.lists(st.sampled_from(rows), unique_by=lambda one: one.id) if rows else st.just([]))
    tally = Tally(filters, rows)
    for row in gone:
        tally.count(row, -1)
    left = [row for row in rows if row not in gone]
    summary, shown = tally.summary(), [row for row in left if filters.shows(row)]
    assert summary == Tally(filters, left).summary()
    assert summary.total == len(shown)
    assert summary.active == sum(row.is_active and not row.is_archived for row in shown)
    assert summary.archived == sum(row.is_archived for row in left if filters.passes(row))
    assert sum(summary.by_primitive.values()) == sum(summary.by_severity.values()) == len(shown)
    assert summary.est_monthly_cost.sample == sum(row.month_usd is not None for row in shown)
    # A facet's count is what the filter would match with only that value chosen.
    for kind, count in summary.facets.primitive.items():
        assert count == sum(replace(filters, primitives=frozenset({kind})).shows(row) for row in left)
    for source, count in summary.facets.type.items():
        assert count == sum(replace(filters, types=frozenset({source})).shows(row) for row in left)
    for band, count in summary.facets.severity.items():
        assert count == sum(replace(filters, severities=frozenset({band})).shows(row) for row in left)
    for state, count in summary.facets.state.items():
        assert count == sum(replace(filters, states=frozenset({state})).shows(row) for row in left)


@pytest.mark.parametrize("text", ["1", "[]", '["x"]', "[true]", "[1.5]", "{", "[1, 2]", '{"a": 1}'])
def test_an_invalid_sort_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        SORTINGS[SortBy.RUNS].read(text)


@pytest.mark.parametrize(
    ("one", "other"), [("Größe", "GROSSE"), ("café", "CAFE"), ("Łódź", "lodz"), ("Ünï  cödé", "uni code"), ("ﬁ", "FI")]
)
def test_search_ignores_case_and_accents(one: str, other: str) -> None:
    assert folded(one) == folded(other)


def test_a_match_does_not_span_two_texts() -> None:
    assert folded("b c") not in haystack("a b", "c d")


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ("social scout", Relevance.EXACT),
        ("scout-2", Relevance.EXACT),
        ("soc", Relevance.PREFIX),
        ("sco", Relevance.PREFIX),
        ("out", Relevance.CONTAINS),
        ("2", Relevance.WORD),
        ("networks", Relevance.ELSEWHERE),
        ("l s", Relevance.CONTAINS),
    ],
)
def test_a_match_of_the_name_ranks_before_one_elsewhere(search: str, expected: Relevance) -> None:
    searched = haystack("Social Scout", "scout-2", "Scans the networks", "Scout")
    assert relevance(searched, folded(search)) is expected
