"""Acceptance tests of load, calendar, cost, health and dependencies (phases 4 to 8 of the specification).

Expected numbers come from the API, never from an earlier state of the page.
"""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from playwright.async_api import Locator, Page, expect

from tests.support.eventually import assert_eventually
from tests.support.real_stack import RealStack
from tests.web.conftest import ZONE
from tests.web.schedule_list import (
    BLUE,
    HUES,
    Json,
    ask,
    dollars,
    hue,
    listed,
    name_of,
    row_of,
    rows,
    shown,
    summary,
    told_by_api,
    within,
)

CENT = Decimal("0.01")


def load(page: Page) -> Locator:
    return page.get_by_role("region", name="Load")


# Phase 4: Density bar shows peak at 10 PM with breakdown: "8 agent, 1 campaign, 1 pulse".


async def test_phase_4_the_density_bar_peaks_at_ten_in_the_evening_and_breaks_it_down(
    page: Page, stack: RealStack
) -> None:
    density = await ask(stack, "/api/live/density", hours=24, tz=ZONE)
    peak = max(density["slots"], key=lambda slot: slot["starts"])
    assert peak["start"][11:16] == "22:00"
    await page.goto("/")
    await expect(load(page)).to_contain_text("10 start at 22:00 (8 agents, 1 campaign, 1 pulse)")
    await load(page).get_by_role("button", name="Starts").click()
    bars = load(page).get_by_role("button", name=re.compile(r", \d\d:\d\d: [\d.]+ starts?$"))
    await expect(bars).to_have_count(24)
    labels = [await bar.get_attribute("aria-label") or "" for bar in await bars.all()]
    heights = {label.split(", ")[-1]: int(re.findall(r": (\d+) start", label)[0]) for label in labels}
    assert heights["22:00: 10 starts"] == 10 == max(heights.values())
    assert list(heights.values()) == [slot["starts"] for slot in density["slots"]]
    bar = load(page).get_by_role("button", name=re.compile("22:00: 10 starts"))
    await bar.hover()
    tip = page.get_by_role("tooltip")
    await expect(tip).to_contain_text("8 agents, 1 campaign, 1 pulse")
    for one in peak["automations"]:
        await expect(tip).to_contain_text(one["name"])
    await bar.click()
    await expect(rows(page)).to_have_count(len(peak["automations"]))
    assert {name_of(row) for row in await listed(page)} == {one["name"] for one in peak["automations"]}


async def test_phase_4_the_peak_equals_the_entries_of_the_calendar(page: Page, stack: RealStack) -> None:
    density = await ask(stack, "/api/live/density", hours=24, tz=ZONE)
    start = datetime.fromisoformat(density["peak"]["start"])
    if start <= datetime.now(UTC):
        # The current hour is partly over.
        start += timedelta(days=1)
    span = {"from": start.isoformat(), "to": (start + timedelta(hours=1)).isoformat(), "tz": ZONE, "compress": False}
    entries = (await ask(stack, "/api/live/calendar", **span))["entries"]
    assert Counter(one["primitiveType"] for one in entries) == {"agent": 8, "campaign": 1, "pulse": 1}


async def test_phase_4_a_campaign_counts_as_its_agent_runs(page: Page, stack: RealStack) -> None:
    slots = (await ask(stack, "/api/live/density", hours=24, tz=ZONE))["slots"]
    (peak,) = [slot for slot in slots if slot["start"][11:16] == "22:00"]
    assert peak["weightedStarts"] > peak["starts"] == 10
    await page.goto("/")
    bar = load(page).get_by_role("button", name=re.compile("22:00: .* agent runs"))
    await expect(bar).to_have_text(str(round(peak["weightedStarts"])))


# Phase 5: Calendar week view: 30-min automations collapsed. Agent filter reduces noise.


async def test_phase_5_the_week_collapses_frequent_automations_until_clicked(page: Page, stack: RealStack) -> None:
    await page.goto("/calendar?view=week")
    often = page.get_by_role("button", name=re.compile(r"Devil's Advocate: Every 30 min, 48 a day"))
    single = page.get_by_role("button", name=re.compile(r"^\d\d:\d\d, Devil's Advocate"))
    await expect(often.first).to_be_visible()
    await expect(single).to_have_count(0)
    # Automations with twelve or more fires a day are bars; the API counts their fires.
    day = datetime.now(UTC).date() + timedelta(days=1)
    span = {"from": day.isoformat(), "to": (day + timedelta(days=1)).isoformat(), "tz": ZONE, "compress": False}
    fires = Counter(one["name"] for one in (await ask(stack, "/api/live/calendar", **span))["entries"])
    assert fires["Devil's Advocate"] == 48
    for name in (name for name, count in fires.items() if count >= 12):
        await expect(page.get_by_role("button", name=re.compile(rf"^\d\d:\d\d, {re.escape(name)}"))).to_have_count(0)
    await often.first.click()
    await expect(single.first).to_be_visible()
    await page.get_by_role("button", name="Collapse frequent automations").click()
    await expect(single).to_have_count(0)


async def test_phase_5_the_agent_filter_reduces_noise(page: Page) -> None:
    await page.goto("/calendar?view=week")
    fires = page.get_by_role("button", name=re.compile(r"^\d\d:\d\d, |: Every "))
    await expect(fires.first).to_be_visible()
    before = await fires.count()
    await page.get_by_role("button", name="Agents and automations").click()
    choices = page.get_by_role("dialog", name="Filter by agent or automation")
    await choices.get_by_role("group", name="Agents").get_by_role("checkbox", name="Fact Checker").click()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name=re.compile(r"^\d\d:\d\d, Social Scout"))).to_have_count(0)
    await expect(page.get_by_role("button", name=re.compile(r"^\d\d:\d\d, Fact Checker")).first).to_be_visible()
    assert 0 < await fires.count() < before / 2
    await expect(page).to_have_url(re.compile("agents=fact-checker"))
    await page.get_by_role("button", name="Agents and automations").click()
    await choices.get_by_role("button", name="Clear").click()
    await expect(page.get_by_role("button", name=re.compile(r"^\d\d:\d\d, Social Scout")).first).to_be_visible()


async def test_phase_5_the_primitive_filter_shows_campaigns_with_their_own_icon(page: Page) -> None:
    await page.goto("/calendar?view=week")
    await expect(page.get_by_role("button", name=re.compile(r"^\d\d:\d\d, Social Scout")).first).to_be_visible()
    await page.get_by_role("group", name="Primitive").get_by_role("button", name="Campaign").click()
    await expect(page.get_by_role("button", name=re.compile(r"^\d\d:\d\d, Social Scout"))).to_have_count(0)
    fires = page.get_by_role("button", name=re.compile(r"^\d\d:\d\d, "))
    labels = [await one.get_attribute("aria-label") or "" for one in await fires.all()]
    assert {label.split(", ")[2] for label in labels} == {"Campaign"}
    assert any("Nightly Distillation" in label for label in labels)


async def test_phase_5_hours_show_overlaps_and_fires_have_the_chosen_colours(page: Page, stack: RealStack) -> None:
    await page.goto("/calendar?view=day")
    today = (await page.locator("h1").text_content()) or ""
    assert today
    span = {"from": datetime.now(UTC).astimezone().isoformat(), "tz": ZONE}
    bands = {one["band"] for one in (await ask(stack, "/api/live/calendar", **span))["hours"] if one["band"]}
    assert bands <= {"low", "medium", "high"}
    overlap = page.get_by_role("img", name=re.compile(r"^\d+ running at once$"))
    await expect(overlap.first).to_be_visible()
    for mark in (await overlap.all())[:24]:
        at_once = int(((await mark.get_attribute("aria-label")) or "0").split()[0])
        colour = HUES["healthy"] if at_once <= 3 else HUES["degrading"] if at_once <= 7 else HUES["failing"]
        assert within(await hue(mark, "backgroundColor"), *colour), at_once
    scout = page.get_by_role("button", name=re.compile(r"^\d\d:\d\d, Social Scout")).first
    await page.get_by_role("group", name="Colour by").get_by_role("button", name="Health").click()
    await expect(page).to_have_url(re.compile("colour=health"))
    assert within(await hue(scout, "borderLeftColor"), *HUES["failing"])
    await page.get_by_role("group", name="Colour by").get_by_role("button", name="Primitive").click()
    await expect(page).not_to_have_url(re.compile("colour="))
    assert within(await hue(scout, "borderLeftColor"), *BLUE)


# Phase 6: Cost column shows per-automation projected monthly cost. Summary card shows total.


async def test_phase_6_every_row_shows_its_monthly_cost_and_the_card_their_sum(page: Page, stack: RealStack) -> None:
    await shown(page)
    await assert_eventually(lambda: costs_agree(page, stack), timeout=15)


async def costs_agree(page: Page, stack: RealStack) -> None:
    told = await told_by_api(stack)
    expected = {one["name"]: one["estMonthlyCost"]["mean"] for one in told["automations"]}
    found = {name_of(row): dollars(row["Est. cost/mo"]) for row in await listed(page)}
    assert found.keys() == expected.keys()
    for name, cost in found.items():
        mean = expected[name]
        assert (cost is None) == (mean is None), name
        assert cost is None or abs(cost - Decimal(mean)) <= CENT / 2, (name, cost, mean)
    known = [cost for cost in found.values() if cost is not None]
    card = dollars((await summary(page).inner_text()).split("Est. monthly cost")[1].strip().split("\n")[0])
    assert card is not None
    assert abs(card - sum(Decimal(mean) for mean in expected.values() if mean)) <= CENT / 2
    assert abs(card - sum(known)) <= CENT / 2 * (len(known) + 1)
    assert f"{len(found) - len(known)} without cost data" in await summary(page).inner_text()


async def test_phase_6_a_schedules_cost_is_its_mean_cost_times_its_fires_in_a_month(
    page: Page, stack: RealStack
) -> None:
    now = datetime.now(UTC)
    span = {"from": now.isoformat(), "to": (now + timedelta(days=30)).isoformat(), "tz": ZONE, "compress": False}
    entries = (await ask(stack, "/api/live/calendar", automation="social-scout", **span))["entries"]
    fires = sum(1 for one in entries if not one["runId"])
    assert fires in (179, 180, 181)
    (told,) = [one for one in (await told_by_api(stack))["automations"] if one["slug"] == "social-scout"]
    expected = Decimal(told["stats"]["avgCostPerRun"]) * fires
    (row,) = [row for row in await shown(page) if name_of(row) == "Social Scout"]
    assert abs((dollars(row["Est. cost/mo"]) or 0) - expected) <= CENT


async def test_phase_6_the_cost_column_sorts_most_expensive_first_and_unknown_last(page: Page) -> None:
    await shown(page)
    head = page.get_by_role("columnheader", name="Est. cost/mo")
    await head.get_by_role("button").click()
    await expect(head).to_have_attribute("aria-sort", "descending")

    async def in_order() -> None:
        costs = [dollars(row["Est. cost/mo"]) for row in await listed(page)]
        known = [cost for cost in costs if cost is not None]
        assert known == sorted(known, reverse=True)
        assert None not in costs[: len(known)]
        assert costs[0] == max(known) > 0

    await assert_eventually(in_order)


# Phase 7: Test automation with health policy: set 60% threshold, simulate failures, verify auto-disable.


async def test_phase_7_a_sixty_percent_policy_disables_a_failing_automation(page: Page, stack: RealStack) -> None:
    async with stack.client() as client:
        runner = {"type": "simulated", "successRate": 0, "durationMs": 1}
        spec = {"runner": runner, "retry": {"maxAttempts": 1}}
        agent = {"kind": "agent", "slug": "never-well", "name": "Never Well", "spec": spec}
        made = await client.post("/api/primitives", json=agent)
        assert made.is_success, made.text
        await page.goto("/automations/new?kind=agent&primitive=never-well")
        await page.get_by_label("Name").fill("Doomed")
        await page.get_by_label("Cron", exact=True).fill("0 4 1 1 *")
        await page.get_by_role("switch", name="Watch the success rate").click()
        await page.get_by_label("Threshold (%)").fill("60")
        await page.get_by_label("Recent runs").fill("5")
        await page.get_by_label("Minimum runs").fill("3")
        await page.get_by_role("button", name="Create").click()
        drawer = page.get_by_role("dialog", name="Doomed")
        await expect(drawer).to_contain_text("Disables it when fewer than 60%")
        await drawer.get_by_role("button", name="Close").first.click()
        await page.goto("/?search=doomed")
        await expect(row_of(page, "Doomed")).not_to_contain_text("Auto-disabled")
        for _ in range(3):
            assert (await client.post("/api/automations/doomed/fire")).is_success
        try:
            await expect(row_of(page, "Doomed")).to_contain_text("Auto-disabled", timeout=30_000)
            await expect(page.get_by_role("switch", name="Doomed is active")).not_to_be_checked()
            assert (await ask(stack, "/api/automations/doomed"))["isActive"] is False
            await row_of(page, "Doomed").get_by_role("button", name=re.compile("Doomed")).click()
            await expect(drawer.get_by_role("note")).to_contain_text("Disabled by its health policy")
        finally:
            await client.post("/api/automations/doomed/archive")


# 8.3: Show "Depends on:" and "Triggers:" labels in the list view. Cascade warning on disable/delete.


async def test_phase_8_the_list_shows_dependencies_and_warns_before_breaking_them(page: Page, stack: RealStack) -> None:
    everything = (await told_by_api(stack))["automations"]
    needing = [one for one in everything if one["dependsOn"]]
    needed = [one for one in everything if one["triggers"]]
    assert needing
    assert needed
    await shown(page)
    for one in needing:
        names = ", ".join(other["name"] for other in one["dependsOn"])
        await expect(row_of(page, one["name"])).to_contain_text(f"Depends on: {names}")
    for one in needed:
        names = ", ".join(other["name"] for other in one["triggers"])
        await expect(row_of(page, one["name"])).to_contain_text(f"Triggers: {names}")
    first: Json = needed[0]
    impact = await ask(stack, f"/api/automations/{first['slug']}/impact", action="disable")
    await page.get_by_role("switch", name=f"{first['name']} is active").click()
    warning = page.get_by_role("dialog", name=f"Pause {first['name']}?")
    for one in impact["dependents"]:
        await expect(warning).to_contain_text(one["name"])
    await warning.get_by_role("button", name="Cancel").click()
    await row_of(page, first["name"]).get_by_role("button", name=re.compile(re.escape(first["name"]))).click()
    drawer = page.get_by_role("dialog", name=first["name"])
    await drawer.get_by_role("button", name="Archive", exact=True).click()
    warning = page.get_by_role("dialog", name=f"Archive {first['name']}?")
    for one in impact["dependents"]:
        await expect(warning).to_contain_text(one["name"])
    await warning.get_by_role("button", name="Cancel").click()
