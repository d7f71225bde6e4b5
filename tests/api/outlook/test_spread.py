"""Plans of spreading over HTTP, on real PostgreSQL: what is planned, applied, refused and undone."""

import asyncio
from dataclasses import replace
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from models.contracts.automations.drafts import Overlap
from models.states import Source
from models.store.tables.automations import Automation
from models.store.tables.governance import AuditEntry
from runtime.database import Sessions, transaction
from tests.factories import make_agent, make_automation, make_dependency

PLAN = "/api/load/spread"


async def schedules(sessions: Sessions, count: int, cron: str = "0 9 * * *", **columns: Any) -> list[Automation]:
    columns = {"slack_minutes": 30, "overlap": Overlap.SKIP, **columns}
    async with transaction(sessions) as session:
        agent = await make_agent(session)
        return [
            await make_automation(session, agent, Source.SCHEDULE, cron_expr=cron, timezone="UTC", **columns)
            for _ in range(count)
        ]


async def ask(client: httpx2.AsyncClient, path: str = PLAN, status: int = 200, **body: Any) -> Any:
    answer = await client.post(path, json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def rows(sessions: Sessions) -> dict[str, Automation]:
    async with transaction(sessions) as session:
        return {row.slug: row for row in await session.scalars(select(Automation))}


async def crons(sessions: Sessions) -> list[tuple[str, str | None]]:
    return sorted((row.cron_expr or "", row.spread_from) for row in (await rows(sessions)).values())


async def test_a_plan_is_made_applied_and_undone(client: httpx2.AsyncClient, sessions: Sessions) -> None:
    await schedules(sessions, 6)
    (fixed,) = await schedules(sessions, 1, slack_minutes=0)
    plan = await ask(client)
    assert (plan["before"]["peakHour"], plan["before"]["peakMinute"]) == (7, 7)
    assert plan["after"]["peakMinute"] <= 2
    assert plan["lowerBound"]["minute"] == 1
    assert plan["reached"]
    assert len(plan["before"]["hours"]) == len(plan["after"]["minutes"]) == 168
    assert [one["reason"] for one in plan["unmovable"]] == ["no_slack"]
    assert plan["unmovable"][0]["automationId"] == str(fixed.id)
    assert plan["moves"]
    for move in plan["moves"]:
        assert move["cronFrom"] == move["wanted"] == "0 9 * * *"
        assert (move["textFrom"], abs(move["shiftMinutes"])) == ("At 09:00", move["minutesFromWanted"])
        assert move["because"] in ("hour", "minute")
    assert plan["totalShiftMinutes"] == sum(move["minutesFromWanted"] for move in plan["moves"])
    assert plan["appliedAt"] is None
    assert {cron for cron, _ in await crons(sessions)} == {"0 9 * * *"}, "a plan changes nothing"
    assert (await client.get(f"{PLAN}/{plan['planId']}")).json() == plan

    applied = await ask(client, f"{PLAN}/{plan['planId']}/apply")
    assert (applied["appliedBy"], applied["undoneAt"]) == ("administrator", None)
    moved = {move["slug"]: move for move in plan["moves"]}
    for slug, row in (await rows(sessions)).items():
        expected = (moved[slug]["cronTo"], "0 9 * * *", 2) if slug in moved else ("0 9 * * *", None, 1)
        assert (row.cron_expr, row.spread_from, row.revision) == expected
    shown = (await client.get(f"/api/automations/{plan['moves'][0]['slug']}")).json()
    assert (shown["config"]["spreadFrom"], shown["config"]["spreadFromText"]) == ("0 9 * * *", "At 09:00")
    assert shown["spreadMinutes"] == 30
    async with transaction(sessions) as session:
        entries = (await session.scalars(select(AuditEntry).where(AuditEntry.subject_type == "spread"))).all()
        mine = await session.scalars(select(AuditEntry).where(AuditEntry.action == "automation.spread"))
        assert [one.action for one in entries] == ["spread.applied"]
        assert {str(one.automation_id) for one in mine} == {move["automationId"] for move in plan["moves"]}

    undone = await ask(client, f"{PLAN}/{plan['planId']}/undo")
    assert undone["undoneBy"] == "administrator"
    assert {*await crons(sessions)} == {("0 9 * * *", None)}
    for path, why in (("apply", "applied before"), ("undo", "undone before")):
        refused = await ask(client, f"{PLAN}/{plan['planId']}/{path}", 409)
        assert refused["code"] == "plan_outdated"
        assert why in refused["detail"]


async def test_a_schedule_that_changed_refuses_the_whole_plan_by_name(
    client: httpx2.AsyncClient, sessions: Sessions
) -> None:
    await schedules(sessions, 4)
    plan = await ask(client)
    slug = plan["moves"][0]["slug"]
    assert (await client.patch(f"/api/automations/{slug}", json={"description": "New"})).is_success
    before = await crons(sessions)
    refused = await ask(client, f"{PLAN}/{plan['planId']}/apply", 409)
    assert slug in refused["detail"]
    assert await crons(sessions) == before


async def test_undoing_is_refused_where_a_cron_was_edited_but_not_where_a_schedule_was_paused(
    client: httpx2.AsyncClient, sessions: Sessions
) -> None:
    await schedules(sessions, 4)
    plan = await ask(client)
    await ask(client, f"{PLAN}/{plan['planId']}/apply")
    one, other, *_ = [move["slug"] for move in plan["moves"]]
    assert (await client.post(f"/api/automations/{one}/pause")).is_success
    edited = await client.patch(f"/api/automations/{other}", json={"schedule": {"cronExpr": "0 5 * * *"}})
    assert edited.json()["config"]["spreadFrom"] is None, "what a person writes is wanted from now on"
    refused = await ask(client, f"{PLAN}/{plan['planId']}/undo", 409)
    assert other in refused["detail"]
    assert one not in refused["detail"]


async def test_only_what_is_chosen_moves_and_the_request_may_give_it_slack(
    client: httpx2.AsyncClient, sessions: Sessions
) -> None:
    chosen = await schedules(sessions, 2, slack_minutes=0)
    await schedules(sessions, 3)
    slugs = [row.slug for row in chosen]
    assert (await ask(client, automations=slugs))["moves"] == []
    plan = await ask(client, automations=slugs, slackMinutes=5)
    assert {move["slug"] for move in plan["moves"]} == {*slugs}
    assert all(abs(move["shiftMinutes"]) <= 5 for move in plan["moves"])
    filtered = await ask(client, filter={"search": slugs[0]}, slackMinutes=5)
    assert {move["slug"] for move in filtered["moves"]} == {slugs[0]}
    night = await ask(client, slackMinutes=5, forbiddenWindows=[{"start": "09:00", "end": "08:00"}])
    assert all(move["shiftMinutes"] < 0 or move["cronTo"].endswith(" 9 * * *") for move in night["moves"])


async def test_the_settings_give_slack_to_plans_that_do_not_say_otherwise(
    client: httpx2.AsyncClient, app: FastAPI, sessions: Sessions
) -> None:
    await schedules(sessions, 3, slack_minutes=0)
    state = app.state.podium
    changed = state.settings.model_copy(update={"spread_minutes": 5})
    app.state.podium = replace(state, settings=changed)
    assert (await ask(client, slackMinutes=0))["moves"] == []
    moves = (await ask(client))["moves"]
    assert moves
    assert all(abs(move["shiftMinutes"]) <= 5 for move in moves)
    assert (await client.get("/api/session")).json()["spreadMinutes"] == 5


async def test_what_stays_is_told_with_its_reason(client: httpx2.AsyncClient, sessions: Sessions) -> None:
    await schedules(sessions, 3)
    (paused,) = await schedules(sessions, 1, is_active=False)
    (declared,) = await schedules(sessions, 1, managed_by="infra", slack_minutes=0)
    (allowed,) = await schedules(sessions, 1, managed_by="infra")
    (slowed,) = await schedules(sessions, 1, slowdown=2)
    (every,) = await schedules(sessions, 1, "* * * * *")
    parent, child = await schedules(sessions, 2)
    async with transaction(sessions) as session:
        await make_dependency(session, child, parent)
    plan = await ask(client, slackMinutes=10)
    assert {one["slug"]: one["reason"] for one in plan["unmovable"]} == {
        paused.slug: "paused",
        declared.slug: "declared",
        slowed.slug: "slowed",
        every.slug: "no_place",
        parent.slug: "dependency",
        child.slug: "dependency",
    }
    assert allowed.slug not in {one["slug"] for one in plan["unmovable"]}
    assert all(one["text"] for one in plan["unmovable"])


async def test_the_same_question_has_the_same_plan_and_a_target_is_kept(
    client: httpx2.AsyncClient, sessions: Sessions
) -> None:
    await schedules(sessions, 6)
    one, other = await ask(client, targetMinute=3), await ask(client, targetMinute=3)
    assert one["planId"] == other["planId"]
    assert one["moves"] == other["moves"]
    assert one["after"]["peakMinute"] == 3
    assert one["after"]["peakHour"] <= one["before"]["peakHour"], "it does not rise"
    missed = await ask(client, targetMinute=0.5)
    assert not missed["reached"]


async def test_an_empty_platform_has_an_empty_plan(client: httpx2.AsyncClient) -> None:
    plan = await ask(client)
    assert (plan["moves"], plan["unmovable"], plan["before"]["peakHourAt"]) == ([], [], None)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"tz": "Mars/Olympus"}, "tz"),
        ({"slackMinutes": 721}, "slackMinutes"),
        ({"targetHour": 0}, "targetHour"),
        ({"automations": ["a"], "filter": {}}, "automations"),
        ({"forbiddenWindows": [{"start": "25:00", "end": "06:00"}]}, "forbiddenWindows[0].start"),
        ({"hour": 3}, "hour"),
    ],
)
async def test_what_cannot_be_meant_is_refused_with_its_field(
    client: httpx2.AsyncClient, body: dict[str, Any], field: str
) -> None:
    assert (await ask(client, status=422, **body))["field"] == field


async def test_unknown_plans_and_automations_are_not_found(client: httpx2.AsyncClient) -> None:
    await ask(client, f"{PLAN}/00000000-0000-0000-0000-000000000000/apply", 404)
    await ask(client, status=404, automations=["nobody"])


async def test_other_requests_are_answered_while_a_plan_is_made(client: httpx2.AsyncClient, sessions: Sessions) -> None:
    await schedules(sessions, 4)
    planning = asyncio.create_task(ask(client))
    answers = 0
    while not planning.done():
        assert (await client.get("/api/automations")).is_success
        answers += 1
    assert answers > 3
    assert (await planning)["moves"]
