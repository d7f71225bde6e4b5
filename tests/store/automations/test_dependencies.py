from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest

from models.contracts.automations.dependencies import OwnDependency
from models.errors import Conflict, DependencyCycle, LimitExceeded, NotFound
from models.states import FireWhen
from models.store.automations import dependencies
from models.store.automations.declarations import dependency_between
from models.store.automations.dependency_graph import dependents_of
from models.store.governance import audit_log
from models.store.ids import fresh_id
from models.store.paging import PageRequest
from models.store.tables.automations import Automation
from models.store.tables.governance import Dependency
from runtime.database import Sessions, transaction
from tests.factories import make_agent, make_automation, make_dependency


@pytest.fixture
async def chain(sessions: Sessions) -> list[Automation]:
    """Return a, b, c and d: d depends on c, c on b, b on a."""
    async with transaction(sessions) as session:
        agent = await make_agent(session)
        rows = [await make_automation(session, agent) for _ in "abcd"]
        for row, slug in zip(rows, "abcd", strict=True):
            row.slug = slug
        for needs, row in pairwise(rows):
            await make_dependency(session, row, needs, f"{row.slug} on {needs.slug}")
        return rows


async def entries(sessions: Sessions) -> list[tuple[str, str, Any, Any, Any]]:
    async with transaction(sessions) as session:
        page = await audit_log.page(session, PageRequest(50, None))
    return [(one.action, one.actor, one.automation_id, one.before, one.after) for one in page.items]


async def test_dependents_are_found_with_their_shortest_distance(sessions: Sessions, chain: list[Automation]) -> None:
    a, b, c, d = chain
    async with transaction(sessions) as session:
        await make_dependency(session, d, a)
        found = await dependents_of(session, [a.id])
        assert [(one.slug, one.distance) for one in found] == [("b", 1), ("d", 1), ("c", 2)]
        found = await dependents_of(session, [a.id, b.id])
        assert [one.slug for one in found] == ["c", "d"], "what is asked about is not its own dependent"
        (await session.get_one(Automation, c.id)).archived_at = datetime.now(UTC)
        await session.flush()
        assert [one.slug for one in await dependents_of(session, [b.id])] == ["d"]


async def test_direct_dependencies_are_returned_in_both_directions(sessions: Sessions, chain: list[Automation]) -> None:
    a, b, c, d = chain
    async with transaction(sessions) as session:
        found = await dependencies.direct_dependencies(session, [b.id])
        assert [one.slug for one in found.depends_on[b.id]] == ["a"]
        assert [one.slug for one in found.triggers[b.id]] == ["c"]
        assert [(one.depends_on, one.note) for one in found.own[b.id]] == [("a", "b on a")]
        (await session.get_one(Automation, c.id)).archived_at = datetime.now(UTC)
        await session.flush()
        found = await dependencies.direct_dependencies(session, [b.id, d.id])
        assert (set(found.depends_on), set(found.triggers)) == ({b.id}, {a.id}), "an archived end hides the dependency"


async def test_a_cycle_or_a_duplicate_is_refused_without_an_audit_entry(
    sessions: Sessions, chain: list[Automation]
) -> None:
    a, b, _, d = chain
    before = await entries(sessions)
    for one, other, error, said in (
        (a, d, DependencyCycle, "a cannot depend on d: d depends on c, which depends on b, which depends on a"),
        (a, a, DependencyCycle, "a cannot depend on itself"),
        (b, a, Conflict, "b depends on a already"),
    ):
        with pytest.raises(error, match=said):
            async with transaction(sessions) as session:
                await make_dependency(session, one, other)
    assert await entries(sessions) == before


async def test_what_would_follow_a_run_is_bounded_where_a_dependency_begins_to_fire(
    sessions: Sessions, chain: list[Automation], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.rules.chains.MAX_CHAIN_LENGTH", 2)
    a, b, c, d = chain
    for one, other, fits in ((b, a, True), (c, b, True), (d, c, False)):
        async with transaction(sessions) as session:
            row = await dependency_between(session, one.id, other.id)
            assert row
            wanted = OwnDependency(depends_on=other.slug, fire_when=FireWhen.COMPLETED)
            change = dependencies.change(session, row, wanted, created_by="ann", actor="ann")
            if fits:
                await change
                continue
            with pytest.raises(LimitExceeded, match="a run of a would be followed by 3 automations"):
                await change
    async with transaction(sessions) as session:
        other = await make_automation(session, await make_agent(session))
        with pytest.raises(LimitExceeded):
            await make_dependency(session, other, c, fire_when=FireWhen.FAILED)


async def test_every_change_of_a_dependency_is_audited(sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        agent = await make_agent(session)
        one, other = await make_automation(session, agent), await make_automation(session, agent)
        made = await make_dependency(session, one, other, "data", created_by="file a.yaml")
        assert made.created_by == "file a.yaml"
    async with transaction(sessions) as session:
        row = await dependency_between(session, one.id, other.id)
        assert row
        wanted = OwnDependency(depends_on=other.slug, note="reports")
        assert await dependencies.change(session, row, wanted, created_by=row.created_by, actor="ben")
        assert not await dependencies.change(session, row, wanted, created_by=row.created_by, actor="ben")
    async with transaction(sessions) as session:
        await dependencies.remove(session, await dependencies.by_id(session, made.id), "cleo")
    facts = {"dependsOn": other.slug}
    assert await entries(sessions) == [
        ("dependency.removed", "cleo", one.id, {**facts, "note": "reports"}, None),
        ("dependency.changed", "ben", one.id, {"note": "data"}, {"note": "reports"}),
        ("dependency.created", "ann", one.id, None, {**facts, "note": "data"}),
    ]


async def test_an_unknown_dependency_is_not_found(sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        with pytest.raises(NotFound):
            await dependencies.by_id(session, fresh_id())


async def test_a_cycle_that_somebody_has_made_by_sql_does_not_hang(sessions: Sessions, chain: list[Automation]) -> None:
    a, _, _, d = chain
    async with transaction(sessions) as session:
        session.add(Dependency(id=fresh_id(), automation_id=a.id, depends_on_id=d.id))
        await session.flush()
        assert [one.slug for one in await dependents_of(session, [a.id])] == ["b", "c", "d"]


async def test_dependencies_are_listed_newest_first_for_all_or_one_automation(
    sessions: Sessions, chain: list[Automation]
) -> None:
    async with transaction(sessions) as session:
        first = await dependencies.page(session, PageRequest(2, None), automation_id=None)
        rest = await dependencies.page(session, PageRequest(2, first.next_cursor), automation_id=None)
        notes = [one.note for one in (*first.items, *rest.items)]
        assert sorted(notes) == ["b on a", "c on b", "d on c"]
        assert rest.next_cursor is None
        own = await dependencies.page(session, PageRequest(9, None), automation_id=chain[1].id)
        assert sorted(one.note for one in own.items) == ["b on a", "c on b"]
