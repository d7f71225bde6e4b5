"""Dead letters: what was accepted, but not carried out, is marked; whatever carries it out later unmarks it."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from models.endpoints import EndpointKind, endpoint
from models.rules.admission.keys import AdmissionKeys
from models.states import DeliveryOutcome, RunStatus, Source
from models.store.deliveries.new_deliveries import NewDelivery, store_deliveries
from models.store.deliveries.queries import Arrival, Target
from models.store.retention import empty_deliveries
from models.store.runs.closing import finish
from models.store.runs.locks import lock_run
from models.store.stats.folding import make_stats
from models.store.tables.automations import Automation
from models.store.tables.deliveries import Delivery
from models.store.tables.primitives import Primitive
from runtime.database import Sessions, transaction
from tests.factories import make_agent, make_automation

COMPLETED, FAILED, CANCELLED = RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELLED
SKIPPED = RunStatus.SKIPPED


@dataclass
class Inbox:
    """An agent whose automations get deliveries."""

    sessions: Sessions
    agent: Primitive
    received: int = 0
    stored: list[UUID] = field(default_factory=list)

    async def automation(self, **columns: Any) -> Automation:
        async with transaction(self.sessions) as session:
            row = await make_automation(session, self.agent, Source.EVENT, event_name="e", **columns)
            await make_stats(session, row.id)
            row.primitive = self.agent
        return row

    async def send(
        self,
        *automations: Automation,
        outcome: DeliveryOutcome = DeliveryOutcome.FIRED,
        source: Source = Source.EVENT,
        name: str = "e",
        at: datetime | None = None,
        **target: Any,
    ) -> tuple[UUID, list[UUID]]:
        """Store a delivery that fires these automations; return its id and those of its runs."""
        arrival = Arrival(source, endpoint(EndpointKind.EVENT, name), 1, replay_of=target.pop("replay_of", None))
        targets = [Target(self.agent, 1, one, **target) for one in automations]
        new = NewDelivery(arrival, outcome, at or datetime.now(UTC), targets)
        async with transaction(self.sessions) as session:
            (fired,) = await store_deliveries(session, [new])
        return fired.delivery_id, [run.run_id for run in fired.runs]

    async def end(self, run_id: UUID, status: RunStatus, reason: str | None = None) -> None:
        async with transaction(self.sessions) as session:
            await finish(session, await lock_run(session, run_id), status, at=datetime.now(UTC), reason=reason)

    async def reasons(self, *ids: UUID) -> list[str | None]:
        async with transaction(self.sessions) as session:
            rows = {row.id: row.dead_reason for row in await session.scalars(select(Delivery))}
        return [rows[one] for one in ids]


@pytest.fixture
async def inbox(sessions: Sessions) -> Inbox:
    async with transaction(sessions) as session:
        return Inbox(sessions, await make_agent(session))


@pytest.mark.parametrize(
    ("ends", "reasons"),
    [
        ([COMPLETED], [None]),
        ([FAILED], ["failed"]),
        ([CANCELLED], ["cancelled"]),
        ([FAILED, COMPLETED], [None, None]),
        ([COMPLETED, FAILED], [None, None]),
        ([CANCELLED, FAILED], [None, "failed"]),
        ([FAILED, SKIPPED, CANCELLED], [None, None, "failed"]),
        ([SKIPPED, SKIPPED], [None, "expired"]),
    ],
)
async def test_a_delivery_is_dead_once_all_of_its_runs_have_ended_and_none_completed(
    inbox: Inbox, ends: Sequence[RunStatus], reasons: Sequence[str | None]
) -> None:
    delivery, runs = await inbox.send(*[await inbox.automation() for _ in ends])
    found = []
    for run_id, status in zip(runs, ends, strict=True):
        await inbox.end(run_id, status, "expired" if status is SKIPPED else None)
        found += await inbox.reasons(delivery)
    assert found == reasons


async def test_of_a_paused_automation_it_is_dead_at_once_and_a_fire_by_hand_never_is(inbox: Inbox) -> None:
    paused = await inbox.automation(is_active=False)
    delivery, _ = await inbox.send(paused, outcome=DeliveryOutcome.SKIPPED)
    by_hand, _ = await inbox.send(paused, outcome=DeliveryOutcome.SKIPPED, source=Source.MANUAL)
    assert await inbox.reasons(delivery, by_hand) == ["paused", None]


async def test_what_gets_no_run_is_dead_if_it_should_have_got_one(inbox: Inbox) -> None:
    now = datetime.now(UTC)
    heard = await inbox.automation()
    await inbox.send(heard, name="renamed", at=now - timedelta(days=6))
    await inbox.send(heard, name="forgotten", at=now - timedelta(days=8))
    found = []
    for outcome, name in [
        (DeliveryOutcome.UNMATCHED, "renamed"),
        (DeliveryOutcome.UNMATCHED, "forgotten"),
        (DeliveryOutcome.UNMATCHED, "unknown"),
        (DeliveryOutcome.FILTERED, "e"),
        (DeliveryOutcome.IGNORED, "e"),
        (DeliveryOutcome.FILTER_ERROR, "e"),
        (DeliveryOutcome.REJECTED, "e"),
    ]:
        delivery, _ = await inbox.send(outcome=outcome, name=name, at=now)
        found.append(delivery)
    expected = ["unmatched", None, None, None, None, "filter_error", "unreadable"]
    assert await inbox.reasons(*found) == expected


async def test_a_replay_stands_for_what_it_replays(inbox: Inbox) -> None:
    one = await inbox.automation()
    first, (run_id,) = await inbox.send(one)
    await inbox.end(run_id, FAILED)
    second, (run_id,) = await inbox.send(one, replay_of=first)
    assert await inbox.reasons(first, second) == [None, None]
    await inbox.end(run_id, FAILED)
    assert await inbox.reasons(first, second) == [None, "failed"]
    third, (run_id,) = await inbox.send(one, replay_of=second)
    await inbox.end(run_id, COMPLETED)
    assert await inbox.reasons(first, second, third) == [None, None, None]


async def test_a_run_that_ends_after_its_delivery_was_replayed_leaves_it_to_the_replay(inbox: Inbox) -> None:
    one = await inbox.automation()
    first, (slow,) = await inbox.send(one)
    await inbox.send(one, replay_of=first)
    await inbox.end(slow, FAILED)
    assert await inbox.reasons(first) == [None]


async def test_a_rerun_that_completes_mends_the_delivery_of_the_run(inbox: Inbox) -> None:
    one = await inbox.automation()
    delivery, (run_id,) = await inbox.send(one)
    await inbox.end(run_id, FAILED)
    for end, expected in ((FAILED, "failed"), (COMPLETED, None)):
        _, (rerun,) = await inbox.send(one, source=Source.MANUAL, rerun_of=run_id)
        await inbox.end(rerun, end)
        assert await inbox.reasons(delivery) == [expected]
        run_id = rerun


async def test_what_is_gathered_in_a_batch_shares_its_end(inbox: Inbox) -> None:
    one = await inbox.automation(flow_control={"batch": {"maxSize": 2, "timeoutSeconds": 60}})
    (first, runs), (second, _) = [await inbox.send(one, keys=AdmissionKeys()) for _ in range(2)]
    assert await inbox.reasons(first, second) == [None, None]
    await inbox.end(runs[0], FAILED)
    assert await inbox.reasons(first, second) == ["failed", "failed"]
    _, (rerun,) = await inbox.send(one, source=Source.MANUAL, rerun_of=runs[0], keys=AdmissionKeys())
    await inbox.end(rerun, COMPLETED)
    assert await inbox.reasons(first, second) == [None, None]


@pytest.mark.parametrize(
    ("control", "expected"),
    [
        ({"singleton": {"mode": "skip"}}, [None, None]),
        ({"singleton": {"mode": "cancel"}}, [None, None]),
        ({"debounce": {"periodSeconds": 60}}, [None, "cancelled"]),
        ({"rateLimit": {"limit": 1, "periodSeconds": 3600}}, ["cancelled", "rate_limited"]),
    ],
)
async def test_a_delivery_that_another_run_stands_for_is_not_dead(
    inbox: Inbox, control: dict[str, Any], expected: list[str | None]
) -> None:
    one = await inbox.automation(flow_control=control)
    (first, runs), (second, later) = [await inbox.send(one, keys=AdmissionKeys()) for _ in range(2)]
    if control.get("singleton") == {"mode": "skip"}:
        await inbox.end(runs[0], COMPLETED)
    elif "singleton" in control:
        await inbox.end(runs[0], CANCELLED)
    else:
        await inbox.end(later[0] if "debounce" in control else runs[0], CANCELLED)
    assert await inbox.reasons(first, second) == expected


async def test_runs_that_fail_at_the_same_time_leave_the_delivery_dead(inbox: Inbox) -> None:
    automations = [await inbox.automation() for _ in range(4)]
    for _ in range(3):
        delivery, runs = await inbox.send(*automations)
        await asyncio.gather(*(inbox.end(run_id, FAILED) for run_id in runs))
        assert await inbox.reasons(delivery) == ["failed"]


async def test_marks_equal_a_recount_after_any_history(inbox: Inbox) -> None:
    chance = random.Random(7)
    automations = [await inbox.automation() for _ in range(3)]
    open_runs: list[tuple[UUID, UUID]] = []
    ends: dict[UUID, list[RunStatus]] = {}
    replayed: set[UUID] = set()
    for _ in range(60):
        if open_runs and chance.random() < 0.6:
            delivery, run_id = open_runs.pop(chance.randrange(len(open_runs)))
            status = chance.choice([COMPLETED, FAILED, CANCELLED])
            await inbox.end(run_id, status)
            ends[delivery].append(status)
            continue
        original = chance.choice([*ends]) if ends and chance.random() < 0.3 else None
        delivery, runs = await inbox.send(*chance.sample(automations, chance.randint(1, 3)), replay_of=original)
        ends[delivery] = []
        open_runs += [(delivery, run_id) for run_id in runs]
        if original:
            replayed.add(original)
    still_open = {delivery for delivery, _ in open_runs}

    def expected(delivery: UUID) -> str | None:
        found = ends[delivery]
        if delivery in replayed or delivery in still_open or COMPLETED in found:
            return None
        return "failed" if FAILED in found else "cancelled"

    assert await inbox.reasons(*ends) == [expected(one) for one in ends]


async def test_a_dead_letter_whose_content_was_deleted_for_its_age_is_none_any_more(inbox: Inbox) -> None:
    delivery, (run_id,) = await inbox.send(await inbox.automation())
    await inbox.end(run_id, FAILED)
    now = datetime.now(UTC) + timedelta(days=1)
    async with transaction(inbox.sessions) as session:
        assert await empty_deliveries(session, now, now) == 1
    assert await inbox.reasons(delivery) == [None]
