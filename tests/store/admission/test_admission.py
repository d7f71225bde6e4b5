"""Flow control in the database: what waits, what is admitted, what is dropped or folded, and in which order."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import update

from models.rules.admission.keys import AdmissionKeys
from models.rules.budgets.months import month_of
from models.states import RunSource, RunStatus, SkipReason
from models.store.admission.admit import database_now
from models.store.admission.dropping import apply_new_limits
from models.store.admission.entering import enter, place_of
from models.store.admission.holders import holders
from models.store.admission.to_tell import take_admissions
from models.store.runs.closing import finish
from models.store.runs.locks import lock_automation, lock_run
from models.store.runs.queue_depth import queue_depth
from models.store.runs.queued_rows import queued_run
from models.store.tables.runs import Run
from models.store.tables.stats import AutomationStats
from runtime.database import Sessions, transaction
from tests.store.admission.queues import expire_windows, queue


async def test_runs_above_the_limit_wait_and_follow_in_order_of_arrival(sessions: Sessions) -> None:
    one = await queue(sessions, concurrency={"limit": 2})
    ids = [await one.send() for _ in range(5)]
    assert await one.states(ids) == ["admitted", "admitted", "concurrency", "concurrency", "concurrency"]
    assert await one.close(ids[1]) == [ids[2]]
    assert await one.close(ids[0]) == [ids[3]]
    assert (await one.row(ids[3])).admitted_at is not None


async def test_each_key_has_its_own_limit_within_the_total(sessions: Sessions) -> None:
    one = await queue(sessions, concurrency={"limit": 3, "key": "payload.k", "perKey": 2})
    ids = [await one.send(concurrency=key) for key in ("a", "a", "a", "b", "b")]
    assert await one.states(ids) == ["admitted", "admitted", "concurrency", "admitted", "concurrency"]
    assert await one.close(ids[0]) == [ids[2]]
    more = await one.send(concurrency="a")
    # Both keys have a run less than they may; `b` has fewer.
    assert await one.close(ids[1]) == [ids[4]]
    assert await one.close(ids[3]) == [more]


async def test_a_run_that_closes_without_having_run_lets_the_next_one_start(sessions: Sessions) -> None:
    one = await queue(sessions, concurrency={"limit": 1})
    first, second = await one.send(), await one.send()
    async with transaction(sessions) as session:
        await finish(session, await lock_run(session, first), RunStatus.SKIPPED, at=datetime.now(UTC), reason="paused")
    assert await one.state(second) == "admitted"


async def test_priority_moves_a_run_ahead_of_those_that_wait(sessions: Sessions) -> None:
    one = await queue(sessions, concurrency={"limit": 1})
    first, second = await one.send(), await one.send()
    urgent = await one.send(priority_seconds=300.0)
    async with transaction(sessions) as session:
        found, behind = await place_of(session, urgent), await place_of(session, second)
    assert found is not None
    assert behind is not None
    assert (found.position, behind.position) == (1, 2)
    assert await one.close(first) == [urgent]


async def test_a_throttle_lets_its_burst_through_and_says_when_the_next_one_comes(sessions: Sessions) -> None:
    one = await queue(sessions, throttle={"limit": 1, "periodSeconds": 60, "burst": 1})
    ids = [await one.send() for _ in range(3)]
    assert await one.states(ids) == ["admitted", "admitted", "throttle"]
    at = await one.admit_at()
    assert at is not None
    assert timedelta(seconds=50) < at - datetime.now(UTC) < timedelta(seconds=61)
    assert await one.look() == []


async def test_a_throttle_has_a_rate_for_each_key(sessions: Sessions) -> None:
    one = await queue(sessions, throttle={"limit": 1, "periodSeconds": 60, "key": "payload.k"})
    ids = [await one.send(throttle=key) for key in ("a", "a", "b")]
    assert await one.states(ids) == ["admitted", "throttle", "admitted"]


async def test_tokens_are_not_spent_on_runs_that_concurrency_holds(sessions: Sessions) -> None:
    one = await queue(sessions, concurrency={"limit": 1}, throttle={"limit": 2, "periodSeconds": 60, "burst": 1})
    ids = [await one.send() for _ in range(3)]
    assert await one.close(ids[0]) == [ids[1]]
    # Both tokens are spent now.
    assert await one.close(ids[1]) == []
    assert await one.admit_at() is not None


async def test_what_holds_a_run_is_what_its_limits_leave_now(sessions: Sessions) -> None:
    one = await queue(sessions, concurrency={"limit": 1}, throttle={"limit": 1, "periodSeconds": 600})
    ids = [await one.send() for _ in range(3)]

    async def told() -> tuple[str, str, dict[str, int]]:
        async with transaction(sessions) as session:
            found = await holders(session, [await session.get_one(Run, ids[1])])
            place = await place_of(session, ids[1])
            depth = await queue_depth(session)
        assert place is not None
        return found[ids[1]].value, place.by.value, {by: count for (_, by), count in depth.held.items()}

    assert await told() == ("concurrency", "concurrency", {"concurrency": 2})
    assert await one.close(ids[0]) == []
    # There is room now, and no token.
    assert await told() == ("throttle", "throttle", {"throttle": 2})


async def test_a_rate_limit_skips_what_is_above_it(sessions: Sessions) -> None:
    one = await queue(sessions, rateLimit={"limit": 2, "periodSeconds": 3600, "key": "payload.k"})
    ids = [await one.send(rate_limit=key) for key in ("a", "a", "a", "b")]
    assert await one.states(ids) == ["admitted", "admitted", "rate_limited", "admitted"]
    # A person who asks for a rerun is not refused.
    assert await one.state(await one.send(rate_limit="a", is_new=False)) == "admitted"


async def test_a_repeated_idempotency_value_is_a_duplicate_until_it_is_forgotten(sessions: Sessions) -> None:
    one = await queue(sessions, idempotency={"expression": "payload.id", "ttlSeconds": 60})
    old = await one.send(idempotency="1", ago=61)
    first, again, other = [await one.send(idempotency=value) for value in ("1", "1", "2")]
    assert await one.states([old, first, again, other]) == ["admitted", "admitted", "duplicate", "admitted"]
    assert (await one.row(again)).folded_into == first


async def test_a_delivery_that_was_refused_does_not_make_its_repetition_a_duplicate(sessions: Sessions) -> None:
    one = await queue(sessions, idempotency={"expression": "payload.id"}, rateLimit={"limit": 1, "periodSeconds": 3600})
    await one.send(idempotency="1")
    assert await one.states([await one.send(idempotency="2") for _ in range(2)]) == ["rate_limited"] * 2


async def test_debounce_runs_the_last_delivery_once(sessions: Sessions) -> None:
    one = await queue(sessions, debounce={"periodSeconds": 10})
    ids = [await one.send({"n": n}) for n in range(3)]
    assert await one.states(ids) == ["debounced", "debounced", "debounce"]
    assert (await one.row(ids[1])).folded_into == ids[2]
    assert await one.look() == []
    await expire_windows(one)
    assert await one.look() == [ids[2]]
    assert (await one.row(ids[2])).input == {"n": 2}
    # An admitted run is never touched again: the next delivery begins another window.
    later = await one.send({"n": 3})
    assert await one.states([ids[2], later]) == ["admitted", "debounce"]


async def test_debounce_ends_at_the_latest_after_its_maximum(sessions: Sessions) -> None:
    one = await queue(sessions, debounce={"periodSeconds": 10, "maxSeconds": 15})
    await one.send(ago=8)
    last = await one.row(await one.send())
    assert last.not_before is not None
    assert timedelta(seconds=5) < last.not_before - datetime.now(UTC) < timedelta(seconds=7.1)


async def test_debounce_can_keep_all_deliveries(sessions: Sessions) -> None:
    one = await queue(sessions, debounce={"periodSeconds": 10, "keep": "all"})
    ids = [await one.send(n) for n in (1, None, "three")]
    assert await one.states(ids) == ["debounce", "debounced", "debounced"]
    await expire_windows(one)
    assert await one.look() == [ids[0]]
    assert (await one.row(ids[0])).input == {"events": [1, None, "three"]}


async def test_a_batch_runs_when_it_is_full(sessions: Sessions) -> None:
    one = await queue(sessions, batch={"maxSize": 3, "timeoutSeconds": 60, "key": "payload.k"})
    ids = [await one.send(n, fold=key) for n, key in enumerate(("a", "b", "a", "a", "a"))]
    assert await one.states(ids) == ["admitted", "batch", "batched", "batched", "batch"]
    assert (await one.row(ids[0])).input == {"events": [0, 2, 3]}
    assert [(await one.row(run_id)).folded_into for run_id in ids[2:4]] == [ids[0], ids[0]]


async def test_a_batch_runs_after_its_time(sessions: Sessions) -> None:
    one = await queue(sessions, batch={"maxSize": 3, "timeoutSeconds": 60})
    first = await one.send("x")
    await expire_windows(one)
    assert await one.look() == [first]
    assert (await one.row(first)).input == {"events": ["x"]}


async def test_a_batch_never_grows_beyond_what_a_value_may_be(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.store.admission.windows.MAX_VALUE_BYTES", 30)
    one = await queue(sessions, batch={"maxSize": 100, "timeoutSeconds": 60})
    ids = [await one.send("x" * 10) for _ in range(3)]
    assert await one.states(ids) == ["admitted", "batched", "batch"]


@pytest.mark.parametrize(
    ("mode", "states"),
    [
        ("skip", ["admitted", "singleton", "singleton"]),
        ("queueLatest", ["admitted", "superseded", "concurrency"]),
        ("cancel", ["admitted", "superseded", "concurrency"]),
    ],
)
async def test_a_singleton_has_one_open_run(sessions: Sessions, mode: str, states: list[str]) -> None:
    one = await queue(sessions, singleton={"mode": mode, "key": "payload.k"})
    ids = [await one.send(concurrency="a") for _ in range(3)]
    assert await one.states(ids) == states
    assert await one.state(await one.send(concurrency="b")) == "admitted"


async def test_a_singleton_that_cancels_asks_the_running_run_to_end(sessions: Sessions) -> None:
    one = await queue(sessions, singleton={"mode": "cancel"})
    first = await one.send()
    async with transaction(sessions) as session:
        automation = await lock_automation(session, one.automation.id)
        now = await database_now(session)
        row = queued_run(one.automation.primitive, now, RunSource.EVENT, automation_id=automation.id, input=None)
        await enter(session, automation, row, AdmissionKeys(), now)
    assert take_admissions(session).to_cancel == [f"run:{first}"]


async def test_a_full_queue_skips_and_so_does_too_long_a_wait(sessions: Sessions) -> None:
    one = await queue(sessions, concurrency={"limit": 1}, maxQueue=1, maxWaitSeconds=60)
    first, second, third = [await one.send() for _ in range(3)]
    assert await one.states([first, second, third]) == ["admitted", "concurrency", "queue_full"]
    async with transaction(sessions) as session:
        await session.execute(
            update(Run).where(Run.id == second).values(start_by=datetime.now(UTC) - timedelta(seconds=1))
        )
    await one.look()
    assert await one.state(second) == "expired"
    assert await one.close(first) == []


async def test_an_expression_that_fails_skips_the_run_and_says_why(sessions: Sessions) -> None:
    one = await queue(sessions, concurrency={"limit": 1})
    run = await one.row(await one.send(error="concurrency: no such key: customer"))
    assert (run.status, run.reason) == (RunStatus.SKIPPED, SkipReason.BAD_EXPRESSION.value)
    assert run.error_message == "concurrency: no such key: customer"


async def test_a_pause_keeps_what_waits_and_resuming_admits_it(sessions: Sessions) -> None:
    one = await queue(sessions, concurrency={"limit": 1})
    first, second = await one.send(), await one.send()
    await one.set(is_active=False)
    assert await one.close(first) == []
    assert await one.state(second) == "concurrency"
    await one.set(is_active=True)
    assert await one.look() == [second]


async def test_what_waits_for_an_archived_automation_is_dropped(sessions: Sessions) -> None:
    one = await queue(sessions, concurrency={"limit": 1})
    _, second = await one.send(), await one.send()
    await one.set(archived_at=datetime.now(UTC))
    await one.look()
    assert await one.state(second) == "archived"


@pytest.mark.parametrize("control", [None, {"concurrency": {"limit": 3}}])
async def test_an_edit_reaches_what_waits(sessions: Sessions, control: dict[str, Any] | None) -> None:
    one = await queue(sessions, concurrency={"limit": 1})
    ids = [await one.send() for _ in range(4)]
    await one.set(flow_control=control)
    async with transaction(sessions) as session:
        await apply_new_limits(session, await lock_automation(session, one.automation.id))
    last = "concurrency" if control else "admitted"
    assert await one.states(ids) == ["admitted", "admitted", "admitted", last]


async def test_runs_from_before_the_limit_count(sessions: Sessions) -> None:
    one = await queue(sessions, concurrency={"limit": 1})
    async with transaction(sessions) as session:
        row = queued_run(
            one.automation.primitive, datetime.now(UTC), RunSource.EVENT, automation_id=one.automation.id, input=None
        )
        session.add(Run(**{**row, "status": RunStatus.RUNNING, "started_at": datetime.now(UTC)}))
    assert await one.state(await one.send()) == "concurrency"


async def test_while_no_cost_is_known_a_budget_lets_one_run_start_at_a_time(sessions: Sessions) -> None:
    one = await queue(sessions)
    await one.set(flow_control=None, budget_usd_month=Decimal(5))
    ids = [await one.send() for _ in range(3)]
    assert await one.states(ids) == ["admitted", "budget", "budget"]
    async with transaction(sessions) as session:
        first = await lock_run(session, ids[0])
        first.started_at, first.cost_usd = datetime.now(UTC), Decimal("0.10")
    assert await one.close(ids[0]) == ids[1:]


async def test_a_budget_lets_as_many_runs_start_as_it_has_room_for(sessions: Sessions) -> None:
    one = await queue(sessions)
    async with transaction(sessions) as session:
        stats = await session.get_one(AutomationStats, one.automation.id)
        stats.cost_count, stats.duration_count, stats.recent_costs = 1, 1, [[1, "0.40"]]
    await one.set(flow_control=None, budget_usd_month=Decimal(1))
    ids = [await one.send() for _ in range(4)]
    assert await one.states(ids) == ["admitted", "admitted", "budget", "budget"]
    assert await one.admit_at() == month_of(datetime.now(UTC), "UTC").ends_at
    await one.set(budget_usd_month=Decimal("1.20"))
    assert await one.look() == [ids[2]]
    # Once none fits any more, each is opened, which skips it with the reason.
    await one.set(budget_usd_month=Decimal("0.10"))
    assert await one.look() == [ids[3]]
