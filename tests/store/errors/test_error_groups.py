"""Groups of errors: counted by hour, judged by what happened since, and told apart from all other runs."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.runs.errors import ErrorGroupPage, ErrorGroupView, ErrorsQuery, GroupIgnored, SpanQuery
from models.contracts.runs.views import RunError
from models.errors import Invalid, NotFound
from models.states import ErrorGroupState, GroupOutcome, GroupSort, GroupStanding, RunStatus
from models.store.errors import listing
from models.store.errors.changes import decide, ignore
from models.store.errors.detail import error_group
from models.store.errors.listing import error_groups
from models.store.runs.closing import finish
from models.store.stats.folding import make_stats
from models.store.tables.automations import Automation
from models.store.tables.primitives import Primitive
from runtime.database import Sessions, transaction
from tests.factories import make_agent, make_automation, queue_run

NOW = datetime(2026, 3, 2, 12, 30, tzinfo=UTC)


class Platform:
    """Two agents with an automation each, whose runs end as a test says."""

    def __init__(self, sessions: Sessions) -> None:
        self.sessions = sessions
        self.agents: Sequence[tuple[Primitive, Automation]] = ()

    async def fill(self) -> None:
        async with transaction(self.sessions) as session:
            agents = [await make_agent(session, slug) for slug in ("scout", "other")]
            self.agents = [(agent, await make_automation(session, agent)) for agent in agents]
            for _, automation in self.agents:
                await make_stats(session, automation.id)

    async def ended(
        self,
        count: int,
        message: str | None,
        *,
        agent: int = 0,
        at: datetime = NOW - timedelta(hours=1),
        queued_at: datetime | None = None,
        model: str | None = None,
    ) -> None:
        """Let runs fail with a message, or complete without one."""
        async with transaction(self.sessions) as session:
            primitive, automation = self.agents[agent]
            for _ in range(count):
                run = await queue_run(session, primitive, automation, queued_at=queued_at or at)
                run.status, run.started_at, run.model = RunStatus.RUNNING, at, model
                await session.flush()
                error = RunError(type="agent_error", message=message) if message else None
                outcome = RunStatus.FAILED if error else RunStatus.COMPLETED
                await finish(session, run, outcome, error=error, at=at)

    async def skipped(self, count: int, reason: str, at: datetime = NOW - timedelta(hours=1)) -> None:
        async with transaction(self.sessions) as session:
            primitive, automation = self.agents[0]
            for _ in range(count):
                run = await queue_run(session, primitive, automation, queued_at=at)
                await finish(session, run, RunStatus.SKIPPED, reason=reason, at=at)

    async def groups(self, now: datetime = NOW, **query: Any) -> ErrorGroupPage:
        async with transaction(self.sessions) as session:
            return await error_groups(session, ErrorsQuery.model_validate(query), now)

    async def only(self, now: datetime = NOW) -> ErrorGroupView:
        (found,) = (await self.groups(now)).items
        return found


@pytest.fixture
async def platform(sessions: Sessions) -> Platform:
    found = Platform(sessions)
    await found.fill()
    return found


async def test_runs_that_failed_alike_are_one_group_with_their_hours(platform: Platform) -> None:
    for hours, count in ((30, 2), (20, 3), (1, 4)):
        await platform.ended(count, f"HTTP 503 after {hours} s", at=NOW - timedelta(hours=hours))
    await platform.ended(1, "out of memory", agent=1)
    await platform.ended(5, None)
    page = await platform.groups()
    assert (page.total, page.is_least, page.runs) == (2, False, 8)
    assert (page.start, page.end, page.slice_seconds) == (
        datetime(2026, 3, 1, 13, tzinfo=UTC),
        datetime(2026, 3, 2, 13, tzinfo=UTC),
        3600,
    )
    first, second = page.items
    assert first.template == "HTTP 503 after <n>"
    assert (first.runs, first.runs_before, second.runs) == (7, 2, 1)
    assert {place: count for place, count in enumerate(first.counts) if count} == {3: 3, 22: 4}
    assert len(first.counts) == 24
    assert (first.outcome, first.state) == (GroupOutcome.FAILED, GroupStanding.OPEN)
    assert first.first_seen == NOW - timedelta(hours=30)


async def test_the_span_is_cut_into_at_most_48_slices_that_cover_it(platform: Platform) -> None:
    await platform.ended(3, "broken", at=NOW - timedelta(days=6))
    page = await platform.groups(**{"from": NOW - timedelta(days=7)})
    (only,) = page.items
    assert (page.slice_seconds, len(only.counts), sum(only.counts)) == (4 * 3600, 43, 3)
    for wrong in ({"from": NOW, "to": NOW}, {"from": NOW - timedelta(days=200), "to": NOW}):
        with pytest.raises(ValueError, match="must be before to"):
            ErrorsQuery.model_validate(wrong)
    for start in (NOW + timedelta(hours=2), NOW - timedelta(days=100)):
        with pytest.raises(Invalid, match="must be before to"):
            await platform.groups(**{"from": start})


async def test_an_hour_of_another_zone_is_cut_to_whole_hours(platform: Platform) -> None:
    await platform.ended(1, "broken", at=datetime(2026, 3, 2, 6, 10, tzinfo=UTC))
    page = await platform.groups(NOW, **{"from": "2026-03-02T12:00:00+05:30", "to": "2026-03-02T13:00:00+05:30"})
    assert (page.start, page.end) == (datetime(2026, 3, 2, 6, tzinfo=UTC), datetime(2026, 3, 2, 8, tzinfo=UTC))
    assert page.runs == 1


async def test_groups_are_found_by_outcome_code_words_and_state(platform: Platform) -> None:
    await platform.ended(2, "HTTP 503 Service Unavailable")
    await platform.skipped(3, "overlap")

    async def templates(**query: Any) -> list[str]:
        return [one.template for one in (await platform.groups(**query)).items]

    assert await templates() == ["overlap", "HTTP 503 Service Unavailable"]
    assert await templates(outcome=("failed",)) == ["HTTP 503 Service Unavailable"]
    assert await templates(outcome=("skipped", "missed")) == ["overlap"]
    assert await templates(outcome=("failed", "skipped")) == ["overlap", "HTTP 503 Service Unavailable"]
    assert await templates(error_type=("agent_error",)) == ["HTTP 503 Service Unavailable"]
    assert await templates(q="unavailable 503") == ["HTTP 503 Service Unavailable"]
    assert await templates(q="5%3") == []
    assert await templates(state=("resolved",)) == []
    assert await templates(sort=GroupSort.FIRST_SEEN, limit=1, offset=1)
    assert (await platform.groups(limit=1)).total == 2


async def test_only_the_groups_seen_last_are_read_and_that_is_said(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "MOST_READ", 2)
    for place, word in enumerate(("alpha", "beta", "gamma")):
        await platform.ended(1, f"no {word}", at=NOW - timedelta(hours=3 - place))
    page = await platform.groups(sort=GroupSort.LAST_SEEN)
    assert ([one.template for one in page.items], page.is_least) == (["no gamma", "no beta"], True)


async def test_a_run_that_starts_after_the_resolution_regresses_the_group(platform: Platform) -> None:
    await platform.ended(1, "broken")
    key = (await platform.only()).key
    await _decide(platform, key, ErrorGroupState.RESOLVED, NOW)
    assert (await platform.only()).state is GroupStanding.RESOLVED
    # Under way when it was resolved: it started before, and ended afterwards.
    async with transaction(platform.sessions) as session:
        primitive, automation = platform.agents[0]
        run = await queue_run(session, primitive, automation, queued_at=NOW - timedelta(minutes=5))
        run.status, run.started_at = RunStatus.RUNNING, NOW - timedelta(minutes=4)
        await session.flush()
        error = RunError(type="agent_error", message="broken")
        await finish(session, run, RunStatus.FAILED, error=error, at=NOW + timedelta(minutes=5))
    assert (await platform.only(NOW + timedelta(minutes=6))).state is GroupStanding.RESOLVED
    # Queued before, started afterwards.
    later = NOW + timedelta(minutes=10)
    await platform.ended(1, "broken", at=later, queued_at=NOW - timedelta(hours=2))
    found = await platform.only(later)
    assert (found.state, found.state_by) == (GroupStanding.REGRESSED, "ann")
    await _decide(platform, key, ErrorGroupState.RESOLVED, later + timedelta(minutes=1))
    assert (await platform.only(later)).state is GroupStanding.RESOLVED


async def test_a_group_is_ignored_until_a_time_or_a_number_of_runs(platform: Platform) -> None:
    await platform.ended(3, "broken")
    key = (await platform.only()).key

    async def ignored(**how: object) -> None:
        async with transaction(platform.sessions) as session:
            await ignore(session, key, GroupIgnored.model_validate(how), actor="ann", now=NOW)

    await ignored(until=NOW + timedelta(hours=1))
    assert (await platform.only()).state is GroupStanding.IGNORED
    assert (await platform.only(NOW + timedelta(hours=1))).state is GroupStanding.OPEN
    await ignored(runs=2)
    assert (await platform.only()).ignored_up_to == 5
    await platform.ended(2, "broken")
    assert (await platform.only()).state is GroupStanding.IGNORED
    await platform.ended(1, "broken")
    assert (await platform.only()).state is GroupStanding.OPEN
    with pytest.raises(Invalid, match="must be in the future"):
        await ignored(until=NOW)
    await ignored()
    assert (await platform.only()).ignored_up_to is None
    await _decide(platform, key, ErrorGroupState.OPEN, NOW)
    assert (await platform.only()).state is GroupStanding.OPEN


async def test_a_group_names_what_it_touches_and_what_sets_it_apart(platform: Platform, session: AsyncSession) -> None:
    await platform.ended(9, "HTTP 503", model="gpt-5-mini")
    await platform.ended(1, "HTTP 503", agent=1, model="other-model")
    await platform.ended(1, None, model="gpt-5-mini")
    await platform.ended(30, None, agent=1, model="other-model")
    key = (await platform.only()).key
    found = await error_group(session, key, SpanQuery(), NOW)
    assert (found.total, found.looked_at, found.is_all) == (10, 10, True)
    assert [(one.slug, one.runs) for one in found.primitives] == [("scout", 9), ("other", 1)]
    assert [one.runs for one in found.automations] == [9, 1]
    assert [(one.value, one.runs) for one in found.models] == [("gpt-5-mini", 9), ("other-model", 1)]
    assert [(one.source.value, one.runs) for one in found.sources] == [("manual", 10)]
    assert {one.field for one in found.differs} == {"automation", "primitive", "model"}
    (of_primitive,) = (one for one in found.differs if one.field == "primitive")
    assert of_primitive.text == "90% of them are of the agent Scout; of other runs 3%"
    with pytest.raises(NotFound, match="there is no group of errors 00000000"):
        await error_group(session, 1, SpanQuery(), NOW)


async def _decide(platform: Platform, key: int, state: ErrorGroupState, at: datetime) -> None:
    async with transaction(platform.sessions) as session:
        await decide(session, key, state, actor="ann", reason="", now=at)
