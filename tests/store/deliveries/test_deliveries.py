import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from models.contracts.queries import DeliveryQuery
from models.contracts.runs.deliveries import DeliveryPage
from models.endpoints import SLACK_UNVERIFIED, EndpointKind, endpoint, parse_endpoint
from models.errors import NotFound
from models.states import DeliveryOutcome, MatchOutcome, RunStatus, Source
from models.store.deliveries import queries as deliveries
from models.store.deliveries.matches import Match
from models.store.deliveries.new_deliveries import NewDelivery, store_deliveries
from models.store.deliveries.queries import Arrival, Target
from models.store.deliveries.refused import count_rejected
from models.store.deliveries.selection import fetch, selection_of
from models.store.deliveries.views import rows_of
from models.store.paging import PageRequest
from models.store.tables.deliveries import Delivery
from models.store.tables.governance import RejectedDelivery
from models.store.tables.runs import Run
from models.store.tables.stats import AutomationStats
from runtime.database import Sessions, transaction
from tests.factories import make_agent, make_automation

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOOK = endpoint(EndpointKind.WEBHOOK, "orders")


def arrival(key: str | None = None, sent_to: str = HOOK, **fields: Any) -> Arrival:
    return Arrival(Source.WEBHOOK, sent_to, {"n": 1}, b'{"n": 1}', {"x-id": "1"}, key, **fields)


async def store(
    sessions: Sessions, given: Arrival, outcome: DeliveryOutcome = DeliveryOutcome.FIRED, at: datetime = NOW
) -> UUID | None:
    async with transaction(sessions) as session:
        (fired,) = await store_deliveries(session, [NewDelivery(given, outcome, at)])
    return None if fired.duplicate else fired.delivery_id


async def page(sessions: Sessions, limit: int = 10, cursor: str | None = None, **filters: Any) -> DeliveryPage:
    async with transaction(sessions) as session:
        found = await fetch(session, await selection_of(session, DeliveryQuery(**filters)), PageRequest(limit, cursor))
        return DeliveryPage(items=await rows_of(session, found.rows), next_cursor=found.next_cursor)


@pytest.mark.parametrize(
    ("kind", "name", "stored"),
    [
        (EndpointKind.WEBHOOK, "orders", "webhook:orders"),
        (EndpointKind.EVENT, "a:b", "event:a:b"),
        (EndpointKind.SLACK, "/digest", "slack:/digest"),
        (EndpointKind.AUTOMATION, UUID(int=7), f"automation:{UUID(int=7)}"),
    ],
)
def test_an_endpoint_consists_of_kind_and_name(kind: EndpointKind, name: object, stored: str) -> None:
    assert endpoint(kind, name) == stored
    assert parse_endpoint(stored) == (kind, str(name))


def test_an_unknown_endpoint_is_refused_and_unverified_slack_has_no_name() -> None:
    assert parse_endpoint(SLACK_UNVERIFIED) == (EndpointKind.SLACK, "")
    with pytest.raises(ValueError, match="post"):
        parse_endpoint("post:x")


async def test_an_idempotency_key_is_stored_once_per_endpoint(sessions: Sessions) -> None:
    other = endpoint(EndpointKind.WEBHOOK, "refunds")
    found = [await store(sessions, given) for given in (arrival("k"), arrival("k"), arrival("k", other), arrival("l"))]
    assert [one is not None for one in found] == [True, False, True, True]
    assert await store(sessions, arrival()) is not None
    assert await store(sessions, arrival()) is not None


async def test_a_batch_stores_a_repeated_key_once_and_answers_every_delivery(sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        target = Target(await make_agent(session), "x")
    earlier = await store(sessions, arrival("c"))
    keys = ["b", "a", None, "b", "c", None, "a"]
    async with transaction(sessions) as session:
        batch = [NewDelivery(arrival(key), DeliveryOutcome.FIRED, NOW, [target]) for key in keys]
        fired = await store_deliveries(session, batch)
    assert [one.duplicate for one in fired] == [False, False, False, True, True, False, True]
    assert [one.delivery_id for one in fired[3:5]] == [fired[0].delivery_id, earlier]
    assert fired[6].delivery_id == fired[1].delivery_id
    assert fired[6].runs == fired[1].runs
    async with transaction(sessions) as session:
        assert await session.scalar(select(func.count()).select_from(Delivery)) == 5
        assert await session.scalar(select(func.count()).select_from(Run)) == 4


async def test_concurrent_duplicates_are_one_delivery(sessions: Sessions) -> None:
    found = await asyncio.gather(*(store(sessions, arrival("k")) for _ in range(5)))
    assert len([one for one in found if one]) == 1
    async with transaction(sessions) as session:
        assert await session.scalar(select(func.count()).select_from(Delivery)) == 1


async def test_each_target_gets_a_queued_run_and_a_paused_automation_a_skipped_one(sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        agent = await make_agent(session)
        live, paused = await make_automation(session, agent), await make_automation(session, agent, is_active=False)
        targets = [
            Target(agent, "a", live),
            Target(agent, "b", paused),
            Target(agent, "c", paused, forced=True),
            Target(agent, "d"),
        ]
        (stored,) = await store_deliveries(session, [NewDelivery(arrival(), DeliveryOutcome.FIRED, NOW, targets)])
        fired, delivery_id = stored.runs, stored.delivery_id
    assert [(run.status, run.reason) for run in fired] == [
        (RunStatus.QUEUED, None),
        (RunStatus.SKIPPED, "paused"),
        (RunStatus.QUEUED, None),
        (RunStatus.QUEUED, None),
    ]
    assert [run.temporal_workflow_id for run in fired] == [
        f"run:{run.run_id}" if run.status is RunStatus.QUEUED else None for run in fired
    ]
    async with transaction(sessions) as session:
        rows = [await session.get_one(Run, run.run_id) for run in fired]
        assert [(row.input, row.automation_id, row.forced, row.status) for row in rows] == [
            ("a", live.id, False, RunStatus.QUEUED),
            ("b", paused.id, False, RunStatus.SKIPPED),
            ("c", paused.id, True, RunStatus.QUEUED),
            ("d", None, False, RunStatus.QUEUED),
        ]
        assert {(row.delivery_id, row.queued_at) for row in rows} == {(delivery_id, NOW)}
        assert (await session.get_one(AutomationStats, paused.id)).skipped == 1
        (without,) = await store_deliveries(session, [NewDelivery(arrival(), DeliveryOutcome.FIRED, NOW)])
        assert without.runs == ()


async def test_a_repeat_gets_the_first_answer_whatever_the_state_of_its_runs(sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        agent = await make_agent(session)
        live, paused = await make_automation(session, agent), await make_automation(session, agent, is_active=False)
        targets = [Target(agent, 1, live), Target(agent, 2, paused)]
        (stored,) = await store_deliveries(session, [NewDelivery(arrival("k"), DeliveryOutcome.FIRED, NOW, targets)])
        fired, delivery_id = stored.runs, stored.delivery_id
    async with transaction(sessions) as session:
        (await session.get_one(Run, fired[0].run_id)).status = RunStatus.RUNNING
    async with transaction(sessions) as session:
        again = await deliveries.first_answer(session, HOOK, "k")
        assert again
        assert (again.delivery_id, again.duplicate) == (delivery_id, True)
        assert {run.run_id: (run.status, run.reason) for run in again.runs} == {
            run.run_id: (run.status, run.reason) for run in fired
        }
        assert await deliveries.first_answer(session, HOOK, "other") is None
        assert await deliveries.first_answer(session, HOOK, None) is None
        assert await deliveries.first_answer(session, endpoint(EndpointKind.EVENT, "orders"), "k") is None


async def test_rejected_requests_are_only_counted_by_endpoint(sessions: Sessions) -> None:
    async def reject(sent_to: str) -> None:
        async with transaction(sessions) as session:
            await count_rejected(session, sent_to)

    await asyncio.gather(*(reject(HOOK) for _ in range(4)), reject(SLACK_UNVERIFIED))
    async with transaction(sessions) as session:
        rows = await session.scalars(select(RejectedDelivery))
        assert {row.endpoint: row.count for row in rows} == {HOOK: 4, "slack": 1}
        assert await session.scalar(select(func.count()).select_from(Delivery)) == 0


async def test_a_replay_names_the_original_and_is_not_a_duplicate(sessions: Sessions) -> None:
    first = await store(sessions, arrival("k"))
    again = await store(sessions, arrival(None, replay_of=first, sent_by="ann"), at=NOW + timedelta(minutes=1))
    found = await page(sessions)
    assert [(one.id, one.replay_of, one.sent_by) for one in found.items] == [(again, first, "ann"), (first, None, None)]


async def test_deliveries_are_listed_newest_first_with_their_runs_by_any_filter(sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        agent = await make_agent(session)
        row = await make_automation(session, agent, Source.WEBHOOK, webhook_path="orders")
        matches = [Match(row.id, MatchOutcome.MATCHED)]
        new = NewDelivery(arrival(), DeliveryOutcome.FIRED, NOW, [Target(agent, 1, row)], matches)
        (stored,) = await store_deliveries(session, [new])
        fired, (run,) = stored.delivery_id, stored.runs
    filtered = await store(sessions, arrival(), DeliveryOutcome.FILTERED, NOW + timedelta(minutes=1))
    event = Arrival(Source.EVENT, endpoint(EndpointKind.EVENT, "x"), None)
    unmatched = await store(sessions, event, DeliveryOutcome.UNMATCHED, NOW + timedelta(minutes=2))
    whole = await page(sessions)
    assert [one.id for one in whole.items] == [unmatched, filtered, fired]
    assert [[one.run_id for one in row.runs] for row in whole.items] == [[], [], [run.run_id]]
    assert whole.next_cursor is None
    for filters, expected in (
        ({"source": [Source.EVENT]}, [unmatched]),
        ({"outcome": [DeliveryOutcome.FILTERED]}, [filtered]),
        ({"endpoint": [HOOK]}, [filtered, fired]),
        ({"automation": row.slug}, [fired]),
    ):
        assert [one.id for one in (await page(sessions, **filters)).items] == expected, filters
    first = await page(sessions, limit=2)
    rest = await page(sessions, limit=2, cursor=first.next_cursor)
    assert [one.id for one in (*first.items, *rest.items)] == [unmatched, filtered, fired]


async def test_a_delivery_is_found_by_its_id(sessions: Sessions) -> None:
    found = await store(sessions, arrival("k"))
    assert found
    async with transaction(sessions) as session:
        row = await deliveries.by_id(session, found)
        assert (row.body, row.headers, row.outcome) == (b'{"n": 1}', {"x-id": "1"}, "fired")
        with pytest.raises(NotFound):
            await deliveries.by_id(session, UUID(int=1))
