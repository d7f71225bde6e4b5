"""Due times of an outage or a pause are run afterwards, if their schedule says so."""

from datetime import UTC, datetime, timedelta

import pytest

from models.states import BackfillKind, Catchup, RunStatus
from models.store.automations.pausing import end_snoozes
from models.store.backfills.catching_up import catch_up, note_missed, to_catch_up
from models.store.backfills.queries import open_ids
from models.store.stats.verification import differing
from runtime.database import Sessions, transaction
from tests.store.backfills.schedules import HOUR, NOON, Hourly, hourly


async def caught_up(one: Hourly) -> int:
    now = datetime.now(UTC)
    async with transaction(one.sessions) as session:
        ids = await to_catch_up(session, now, 10)
    if not ids:
        return 0
    assert ids == [one.automation.id]
    async with transaction(one.sessions) as session:
        runs = await catch_up(session, one.automation.id, now)
    async with transaction(one.sessions) as session:
        # Once only.
        assert await to_catch_up(session, now, 10) == []
    return runs


async def outage(one: Hourly) -> None:
    """Miss four due times: the first and the last two in an outage, the second because an earlier run was open."""
    for hour, reason, count in ((0, "outage", 1), (1, "overlap", 1), (2, "outage", 2)):
        await one.record(hour, RunStatus.MISSED, reason, count)
    async with transaction(one.sessions) as session:
        await note_missed(session, one.automation.id, NOON, NOON + 3 * HOUR)


@pytest.mark.parametrize(
    ("policy", "states"),
    [
        (Catchup.NONE, ["missed", "missed", "missed 2"]),
        (Catchup.LAST, ["missed", "missed", "missed", "backfill"]),
        (Catchup.ALL, ["backfill", "missed", "backfill", "backfill"]),
    ],
)
async def test_an_outage_is_caught_up_with_by_the_policy(
    sessions: Sessions, policy: Catchup, states: list[str]
) -> None:
    one = await hourly(sessions, catchup=policy)
    await outage(one)
    assert await caught_up(one) == states.count("backfill")
    assert [state for _, state in await one.states()] == states
    async with transaction(sessions) as session:
        assert await differing(session, [one.automation.id]) == []
        ids = await open_ids(session)
    for backfill_id in ids:
        made = await one.backfill(backfill_id)
        assert (made.kind, made.created_by, made.run_limit) == (BackfillKind.CATCH_UP, "podium", 1)


async def test_nothing_is_caught_up_with_while_the_outage_is_still_accounted_for(sessions: Sessions) -> None:
    one = await hourly(sessions, catchup=Catchup.LAST, accounted_until=NOON + HOUR)
    await outage(one)
    assert await caught_up(one) == 0
    await one.set(accounted_until=NOON + 3 * HOUR, account_next_at=datetime.now(UTC) - HOUR)
    assert await caught_up(one) == 0
    await one.set(account_next_at=datetime.now(UTC) + HOUR)
    assert await caught_up(one) == 1


async def test_a_snooze_is_caught_up_with_from_its_start_to_its_end(sessions: Sessions) -> None:
    now = datetime.now(UTC).replace(minute=30, second=0, microsecond=0)
    one = await hourly(
        sessions,
        catchup=Catchup.ALL,
        is_active=False,
        paused_at=now - 5 * HOUR,
        paused_until=now - 2 * HOUR,
        accounted_until=now - 5 * HOUR,
    )
    async with transaction(sessions) as session:
        await end_snoozes(session, datetime.now(UTC), 10)
    assert await caught_up(one) == 3
    due = [run.due_at for run in await one.runs()]
    assert due == [now - timedelta(minutes=30) - hours * HOUR for hours in (4, 3, 2)]


async def test_what_a_slowdown_leaves_out_is_not_missing(sessions: Sessions) -> None:
    one = await hourly(sessions, catchup=Catchup.ALL, slowdown=2, slowdown_anchor=NOON)
    async with transaction(sessions) as session:
        await note_missed(session, one.automation.id, NOON + HOUR, NOON + 4 * HOUR)
    assert await caught_up(one) == 2
    assert [hour for hour, _ in await one.states()] == [2, 4]
