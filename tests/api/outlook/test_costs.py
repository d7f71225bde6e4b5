import calendar
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx2
from sqlalchemy import select

from models.kinds import Kind
from models.rules.cost import coming_month, this_month
from models.rules.schedule import Schedule
from models.states import RunStatus, Source
from models.store.runs.closing import finish
from models.store.stats.counting import hour_of
from models.store.stats.folding import fold_opened
from models.store.stats.verification import differing
from models.store.tables.automations import Automation
from models.store.tables.primitives import Primitive
from models.store.tables.stats import AutomationHour, AutomationStats
from runtime.database import Sessions, transaction
from tests.factories import make_agent, make_automation, make_primitive, queue_run

TICK = timedelta(microseconds=1)


async def automation(sessions: Sessions, source: Source = Source.SCHEDULE, **columns: Any) -> Automation:
    async with transaction(sessions) as session:
        return await make_automation(session, await make_agent(session), source, **columns)


async def learn(sessions: Sessions, automation: Automation, *costs: str, started: int | None = None) -> None:
    """Add runs with these costs to the statistics, and to the first hour of this month."""
    count = len(costs) if started is None else started
    paid = sum(map(Decimal, costs))
    sums = {"cost_usd_sum": paid, "cost_count": len(costs), "known_usd_sum": paid}
    sums |= {"started": count, "completed": count}
    month = this_month(datetime.now(UTC))[0]
    async with transaction(sessions) as session:
        session.add(
            AutomationStats(
                automation_id=automation.id,
                recent_costs=[[number, cost] for number, cost in enumerate(costs, 1)],
                **sums,
            )
        )
        session.add(AutomationHour(automation_id=automation.id, hour=month, **sums))


async def read(client: httpx2.AsyncClient, **params: Any) -> Any:
    answer = await client.get("/api/live/costs", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def fires(cron: str, timezone: str, window: tuple[datetime, datetime]) -> int:
    return len(Schedule.parse(cron, timezone).due_between(window[0] - TICK, window[1] - TICK))


async def test_a_month_costs_its_due_times_and_unknown_costs_are_not_summed(
    client: httpx2.AsyncClient, sessions: Sessions
) -> None:
    hourly = await automation(sessions, cron_expr="30 * * * *", timezone="Europe/Berlin")
    await learn(sessions, hourly, "0.10", "0.20", "0.60")
    await automation(sessions, cron_expr="0 0 * * *")
    paused = await automation(sessions, cron_expr="0 0 * * *", is_active=False)
    await learn(sessions, paused, "5")
    gone = await automation(sessions, cron_expr="0 0 * * *", archived_at=datetime.now(UTC))
    await learn(sessions, gone, "7")
    before = datetime.now(UTC)
    found = await read(client)
    expected = fires("30 * * * *", "Europe/Berlin", coming_month(before))
    first, last_known, last = found["automations"]
    assert first["id"] == str(hourly.id)
    assert first["occurrences"] == expected
    assert first["sample"] == 3
    assert (first["mean"], first["p90"]) == ("0.3", "0.6")
    assert Decimal(first["estMonthlyCost"]["mean"]) == expected * Decimal("0.3")
    assert Decimal(first["estMonthlyCost"]["p90"]) == expected * Decimal("0.6")
    assert last_known["id"] == str(paused.id)
    assert last_known["estMonthlyCost"]["mean"] == "0"
    assert last["estMonthlyCost"] == {"mean": None, "p90": None, "sample": 0}
    assert last["monthEnd"] is None
    assert found["unknown"] == 1
    assert Decimal(found["total"]) == expected * Decimal("0.3") == Decimal(found["byPrimitive"]["agent"])
    assert found["byPrimitive"]["pulse"] == "0"
    assert Decimal(found["spentThisMonth"]) == Decimal("12.9"), "what archived ones cost was spent all the same"
    rest = fires("30 * * * *", "Europe/Berlin", (before, this_month(before)[1]))
    assert Decimal(found["monthEnd"]) == Decimal("12.9") + rest * Decimal("0.3")
    assert Decimal(first["monthEnd"]) == Decimal("0.9") + rest * Decimal("0.3")


async def test_a_trigger_is_projected_from_its_last_30_days(client: httpx2.AsyncClient, sessions: Sessions) -> None:
    hook = await automation(sessions, Source.WEBHOOK, webhook_path="in")
    now = datetime.now(UTC)
    async with transaction(sessions) as session:
        session.add(
            AutomationStats(automation_id=hook.id, cost_usd_sum=Decimal(6), cost_count=12, started=12, completed=12)
        )
        for days, started in ((1, 4), (29, 5), (31, 3)):
            hour = hour_of(now - timedelta(days=days))
            session.add(AutomationHour(automation_id=hook.id, hour=hour, started=started))
    found = await read(client)
    (line,) = found["automations"]
    assert line["occurrences"] == 9
    assert line["estMonthlyCost"]["mean"] == "4.5"
    left = calendar.monthrange(now.year, now.month)[1] - now.day + 1
    assert Decimal(0) < Decimal(line["monthEnd"]) <= Decimal("4.5") * left / 30


async def test_slowdowns_reduce_the_cost_and_filters_apply_to_every_sum(
    client: httpx2.AsyncClient, sessions: Sessions
) -> None:
    now = datetime.now(UTC)
    slow = await automation(sessions, cron_expr="0 * * * *", slowdown=4, slowdown_anchor=now)
    await learn(sessions, slow, "1")
    async with transaction(sessions) as session:
        await make_agent(session, "scout")
        pulse = await make_primitive(session, Kind.PULSE, {"goal": "grow", "members": [{"agent": "scout"}]})
        other = await make_automation(session, pulse, Source.SCHEDULE, cron_expr="0 0 1 * *")
    await learn(sessions, other, "2")
    found = await read(client)
    assert found["byPrimitive"]["pulse"] == "2"
    whole = fires("0 * * * *", "UTC", coming_month(now))
    assert Decimal(found["byPrimitive"]["agent"]) == whole // 4
    narrowed = await read(client, search=slow.slug)
    assert narrowed["total"] == found["byPrimitive"]["agent"]
    assert narrowed["spentThisMonth"] == "1"
    one = await read(client, limit=1)
    assert (len(one["automations"]), one["automationsLeftOut"], one["total"]) == (1, 1, found["total"])


async def test_the_known_part_of_a_run_s_cost_counts_as_spent(client: httpx2.AsyncClient, sessions: Sessions) -> None:
    now = datetime.now(UTC)
    async with transaction(sessions) as session:
        spec = {"objective": "x", "missions": [{"name": "m", "tasks": [{"name": "t", "agent": "scout"}]}]}
        await make_agent(session, "scout")
        campaign = await make_primitive(session, Kind.CAMPAIGN, spec)
        budget = Decimal("0.02")
        hook = await make_automation(session, campaign, Source.WEBHOOK, webhook_path="in", budget_usd_month=budget)
        run = await queue_run(session, campaign, hook, queued_at=now)
        run.status, run.started_at, run.cost_usd, run.unknown_costs = RunStatus.RUNNING, now, Decimal("0.02"), 1
        run.takes_budget = True
        await session.flush()
        await fold_opened(session, run)
        await finish(session, run, RunStatus.CANCELLED, at=now)
    found = await read(client)
    (line,) = found["automations"]
    assert (line["mean"], line["sample"]) == (None, 0), "no mean is made of half a cost"
    assert line["spentThisMonth"] == found["spentThisMonth"] == found["monthEnd"] == "0.02"
    (shown,) = (await client.get("/api/live/automations")).json()["automations"]
    assert shown["state"] == "over_budget"
    async with transaction(sessions) as session:
        assert await differing(session, [hook.id]) == []
        (hour,) = await session.scalars(select(AutomationHour))
        assert (hour.cost_usd_sum, hour.known_usd_sum) == (Decimal(0), Decimal("0.02"))


async def test_automations_of_an_inactive_primitive_count_as_paused(
    client: httpx2.AsyncClient, sessions: Sessions
) -> None:
    daily = await automation(sessions, cron_expr="0 0 * * *")
    await learn(sessions, daily, "1")
    for active in (False, True):
        async with transaction(sessions) as session:
            (await session.get_one(Primitive, daily.primitive_id)).is_active = active
        (shown,) = (await client.get("/api/live/automations")).json()["automations"]
        (line,) = (await read(client))["automations"]
        assert (shown["isActive"], line["isActive"]) == (True, active)
        assert (shown["state"] == "paused") is not active
        assert (shown["stats"]["nextRunAt"] is None) is not active
        assert shown["estMonthlyCost"]["mean"] == line["estMonthlyCost"]["mean"]
        assert (line["estMonthlyCost"]["mean"] == "0") is not active


async def test_archived_automations_are_shown_on_request(client: httpx2.AsyncClient, sessions: Sessions) -> None:
    live = await automation(sessions, cron_expr="0 0 * * *")
    gone = await automation(sessions, cron_expr="0 0 * * *", archived_at=datetime.now(UTC))
    await learn(sessions, live, "2")
    await learn(sessions, gone, "7")
    found = await read(client, archived=True)
    (line,) = found["automations"]
    assert (line["id"], line["isActive"], line["occurrences"]) == (str(gone.id), False, 0)
    assert (line["mean"], line["estMonthlyCost"]["mean"]) == ("7", "0")
    assert line["spentThisMonth"] == line["monthEnd"] == found["spentThisMonth"] == found["monthEnd"] == "7"
    both = await read(client, archived=["true", "false"])
    assert (len(both["automations"]), both["spentThisMonth"]) == (2, "9")
    assert (await read(client, search=live.slug))["spentThisMonth"] == "2"
