"""Deliveries are found and counted by any filter as a recount in Python would, page by page."""

import random
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text

from models.contracts.queries import DeliveryQuery
from models.endpoints import EndpointKind, endpoint
from models.errors import Invalid, NotFound
from models.states import DeadReason, DeliveryOutcome, MatchOutcome, SkipReason, Source
from models.store.deliveries import facets as counting
from models.store.deliveries import selection
from models.store.deliveries.selection import fetch, selection_of
from models.store.ids import fresh_id, id_range
from models.store.paging import Found, PageRequest
from models.store.tables.automations import Automation
from models.store.tables.deliveries import Delivery
from models.store.tables.delivery_matches import DeliveryMatch
from runtime.database import Sessions, transaction
from tests.factories import make_agent, make_automation

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
ENDPOINTS = {
    Source.WEBHOOK: [endpoint(EndpointKind.WEBHOOK, name) for name in ("orders", "refunds")],
    Source.EVENT: [endpoint(EndpointKind.EVENT, name) for name in ("a", "b", "c")],
    Source.SLACK: [endpoint(EndpointKind.SLACK, "/digest")],
    Source.MANUAL: [endpoint(EndpointKind.AUTOMATION, UUID(int=7))],
}
REASONS = [DeadReason.FAILED, DeadReason.UNREADABLE, SkipReason.PAUSED, None, None, None, None]


class Stored:
    """Deliveries at random, with what is known about them."""

    def __init__(self, sessions: Sessions) -> None:
        self.sessions = sessions
        self.rows: list[Delivery] = []
        self.matches: dict[UUID, dict[str, str]] = {}
        self.slugs: list[str] = []

    async def fill(self, count: int, seed: int) -> None:
        chance = random.Random(seed)
        async with transaction(self.sessions) as session:
            agent = await make_agent(session)
            listening: list[Automation] = [await make_automation(session, agent) for _ in range(3)]
            self.slugs = [one.slug for one in listening]
            matches: list[DeliveryMatch] = []
            for number in range(count):
                source = chance.choice([*ENDPOINTS])
                # Several at the same instant: the id decides then.
                at = NOW + timedelta(seconds=number // 3)
                row = Delivery(
                    id=fresh_id(),
                    source=source,
                    endpoint=chance.choice(ENDPOINTS[source]),
                    body=b"",
                    outcome=chance.choice([*DeliveryOutcome]).value,
                    dead_reason=chance.choice(REASONS),
                    idempotency_key=f"key-{number}" if number % 5 == 0 else None,
                    replay_of=self.rows[0].id if number % 11 == 10 else None,
                    received_at=at,
                )
                session.add(row)
                self.rows.append(row)
                self.matches[row.id] = {}
                for one in chance.sample(listening, chance.randint(0, 2)):
                    outcome = chance.choice([*MatchOutcome]).value
                    self.matches[row.id][one.slug] = outcome
                    match = DeliveryMatch(delivery_id=row.id, automation_id=one.id, outcome=outcome, at=at)
                    matches.append(match)
            await session.flush()
            session.add_all(matches)

    def expected(self, query: DeliveryQuery) -> list[UUID]:
        found = [row for row in self.rows if self._holds(query, row)]
        return [row.id for row in sorted(found, key=lambda row: (row.received_at, row.id), reverse=True)]

    def _holds(self, query: DeliveryQuery, row: Delivery) -> bool:
        matched = self.matches[row.id].get(query.automation or "")
        return (
            (not query.source or row.source in query.source)
            and (not query.outcome or row.outcome in query.outcome)
            and (not query.endpoint or row.endpoint in query.endpoint)
            and (query.automation is None or matched is not None)
            and (not query.match or matched in query.match)
            and (query.dead is None or (row.dead_reason is not None) is query.dead)
            and (not query.dead_reason or row.dead_reason in query.dead_reason)
            and (query.received_from is None or row.received_at >= query.received_from)
            and (query.received_to is None or row.received_at < query.received_to)
            and (query.replay_of is None or row.replay_of == query.replay_of)
            and (not query.q or query.q == row.idempotency_key or str(row.id).startswith(query.q))
        )

    async def pages(self, query: DeliveryQuery, limit: int) -> list[Found]:
        pages, cursor = [], None
        async with transaction(self.sessions) as session:
            while True:
                found = await fetch(session, await selection_of(session, query), PageRequest(limit, cursor))
                pages.append(found)
                cursor = found.next_cursor
                if cursor is None:
                    return pages
                assert len(pages) < 1000


def queries(stored: Stored, count: int, seed: int) -> Sequence[DeliveryQuery]:
    """Return filters at random: each condition in a third of them."""
    chance = random.Random(seed)
    every = [one for some in ENDPOINTS.values() for one in some]

    def asked() -> DeliveryQuery:
        fields: dict[str, Any] = {
            "source": tuple(chance.sample([*ENDPOINTS], chance.randint(1, 2))),
            "outcome": tuple(chance.sample([*DeliveryOutcome], chance.randint(1, 3))),
            "endpoint": tuple(chance.sample(every, chance.randint(1, 3))),
            "automation": chance.choice(stored.slugs),
            "dead": chance.choice([True, False]),
            "dead_reason": (DeadReason.FAILED, SkipReason.PAUSED),
            "received_from": NOW + timedelta(seconds=chance.randint(0, 60)),
            "received_to": NOW + timedelta(seconds=chance.randint(60, 120)),
            "replay_of": stored.rows[0].id,
        }
        chosen = {name: value for name, value in fields.items() if chance.random() < 0.3}
        if "automation" in chosen and chance.random() < 0.5:
            chosen["match"] = (chance.choice([*MatchOutcome]),)
        return DeliveryQuery(**chosen)

    return [DeliveryQuery(), *(asked() for _ in range(count))]


@pytest.fixture
async def stored(sessions: Sessions) -> Stored:
    found = Stored(sessions)
    await found.fill(150, seed=3)
    return found


async def test_every_filter_finds_what_a_recount_finds_page_by_page(
    stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    for read in (20_000, 25):
        monkeypatch.setattr(selection, "READ_AT_ONCE", read)
        for query in queries(stored, 25, seed=read):
            pages = await stored.pages(query, limit=12)
            assert [row.id for page in pages for row in page.rows] == stored.expected(query), query
            assert all(len(page.rows) <= 12 for page in pages)


async def test_a_search_for_rare_deliveries_stops_and_says_how_far_it_went(
    stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selection, "READ_AT_ONCE", 10)
    pages = await stored.pages(DeliveryQuery(dead=True, endpoint=(ENDPOINTS[Source.SLACK][0],)), limit=50)
    assert len(pages) > 2
    reached = [page.searched_to for page in pages[:-1]]
    assert all(at is not None for at in reached)
    assert reached == sorted(reached, reverse=True)  # type: ignore[type-var]
    assert pages[-1].searched_to is None


async def test_facets_count_each_value_under_all_other_filters(stored: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
    async with transaction(stored.sessions) as session:
        for query in queries(stored, 6, seed=5):
            found = await counting.facets(session, query)
            for name, without in (
                ("source", {"source": ()}),
                ("outcome", {"outcome": ()}),
                ("dead_reason", {"dead": True, "dead_reason": ()}),
                ("endpoint", {"endpoint": ()}),
            ):
                ids = stored.expected(query.model_copy(update=without))
                rows = {row.id: row for row in stored.rows}
                counted = Counter(str(getattr(rows[one], name)) for one in ids)
                assert {one.value: one.count for one in getattr(found, name)} == dict(counted), (name, query)
        monkeypatch.setattr(counting, "MOST_COUNTED", 20)
        cut = await counting.facets(session, DeliveryQuery())
        assert {(one.count, one.at_least) for one in cut.source} == {(20, True)}


async def test_a_delivery_is_found_by_the_beginning_of_its_id_and_by_its_key(stored: Stored) -> None:
    row = stored.rows[15]
    other = endpoint(EndpointKind.EVENT, "other")
    for query, expected in [
        (DeliveryQuery(q=str(row.id)), [row.id]),
        (DeliveryQuery(q=str(row.id)[:30]), None),
        (DeliveryQuery(q="key-15"), [row.id]),
        (DeliveryQuery(q=" key-15 ", endpoint=(row.endpoint,)), [row.id]),
        (DeliveryQuery(q="key-15", endpoint=(other,)), []),
        (DeliveryQuery(q="key-"), []),
        (DeliveryQuery(q="0"), []),
    ]:
        found = [one.id for page in await stored.pages(query, 50) for one in page.rows]
        assert found == expected or (expected is None and row.id in found), query


@pytest.mark.parametrize(
    ("typed", "is_beginning"),
    [("0190a3c4", True), ("0190a3c4-", True), ("0190A3C4-11", True), ("0190a3c", False), ("orders-2026", False)],
)
def test_eight_digits_are_the_beginning_of_an_id(typed: str, is_beginning: bool) -> None:
    assert (id_range(typed) is not None) is is_beginning


async def test_a_filter_that_contradicts_itself_is_refused(stored: Stored) -> None:
    async with transaction(stored.sessions) as session:
        with pytest.raises(Invalid, match="from must not be after to"):
            await selection_of(session, DeliveryQuery(received_from=NOW, received_to=NOW - timedelta(seconds=1)))
        with pytest.raises(NotFound):
            await selection_of(session, DeliveryQuery(automation="nobody"))
    with pytest.raises(ValueError, match="give automation as well"):
        DeliveryQuery(match=(MatchOutcome.MATCHED,))


async def test_no_filter_walks_the_deliveries_that_it_leaves_out(stored: Stored) -> None:
    """Each of these has an index that gives its deliveries in their order, so that nothing is sorted or thrown away."""
    async with transaction(stored.sessions) as session:
        await session.execute(text("ANALYZE deliveries, delivery_matches"))
        await session.execute(text("SET LOCAL enable_seqscan = off"))
        for query in (
            DeliveryQuery(),
            DeliveryQuery(source=(Source.SLACK,), outcome=(DeliveryOutcome.REJECTED,)),
            DeliveryQuery(outcome=(DeliveryOutcome.REJECTED,)),
            DeliveryQuery(endpoint=(ENDPOINTS[Source.SLACK][0],)),
            DeliveryQuery(dead=True),
            DeliveryQuery(automation=stored.slugs[0], match=(MatchOutcome.PAUSED,)),
        ):
            wanted = await selection_of(session, query)
            asked = selection.along_index(wanted, 10).compile(
                session.get_bind(), compile_kwargs={"literal_binds": True}
            )
            plan = "\n".join(await session.scalars(text(f"EXPLAIN {str(asked).replace(':', chr(92) + ':')}")))
            assert "Filter:" not in plan, (query, plan)
            assert "Index" in plan, plan
            assert await session.scalar(select(selection.along_index(wanted, 10).subquery().c.id).limit(1))
