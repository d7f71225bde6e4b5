"""Acceptance tests of the list, one per manual check in the original specification (phases 0 to 3).

Expected numbers come from the API, never from an earlier state of the page.
"""

import re
from functools import partial

from playwright.async_api import Page, expect

from tests.support.eventually import assert_eventually
from tests.support.real_stack import RealStack
from tests.web.schedule_list import (
    BLUE,
    HUES,
    WORST_FIRST,
    ask,
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

# Callers of a webhook have no API key.
NOBODY = {"Authorization": ""}
LAST_RUNS = {"completed": ("Completed", 90, 170), "failed": ("Failed", -15, 12)}
# Phase 0: Create a network trigger via webhook. Verify it fires and creates a NetworkRun.


async def test_phase_0_a_network_trigger_created_on_the_page_fires_by_webhook(page: Page, stack: RealStack) -> None:
    await page.goto("/automations/new?kind=network&primitive=debate-desk")
    await page.get_by_role("radio", name="Webhook").click()
    await page.get_by_label("Name").fill("Network By Webhook")
    await page.get_by_label("Path").fill("network-by-webhook")
    await page.get_by_label("Verification").select_option("none")
    await page.get_by_role("button", name="Create").click()
    await expect(page.get_by_role("dialog", name="Network By Webhook")).to_be_visible()
    async with stack.client() as client:
        called = await client.post("/api/webhooks/network-by-webhook", json={"topic": "owls"}, headers=NOBODY)
    assert len(called.json()["runs"]) == 1, called.text
    await page.goto("/runs?automation=network-by-webhook")
    table = page.get_by_role("table", name="Runs")
    await expect(table.get_by_role("link", name="Network By Webhook")).to_have_count(1)
    (run,) = (await ask(stack, "/api/runs", automation="network-by-webhook"))["items"]
    assert run["kind"] == "network"
    async with stack.client() as client:
        await client.post("/api/automations/network-by-webhook/archive")


# Phase 1: Schedule page shows campaign schedules (Knowledge Distiller template) and Pulse eval cycles.
# Workflow trigger shows correct run count from WorkflowRun table.


async def test_phase_1_the_page_shows_campaign_schedules_and_pulse_cycles(page: Page) -> None:
    found = await shown(page)
    campaigns = [row for row in found if row["Type"] == "Schedule" and row["Entity"] == "Knowledge Distiller"]
    assert {name_of(row) for row in campaigns} >= {"Nightly Distillation", "Weekend Distillation"}
    assert {row["Primitive"] for row in campaigns} == {"Campaign"}
    pulses = [row for row in found if row["Primitive"] == "Pulse"]
    assert {row["Entity"] for row in pulses} >= {"Community Growth", "Content Quality", "Conversation Health"}
    assert all("Evaluation Cycle" in name_of(row) for row in pulses if row["Type"] == "Schedule")


async def test_phase_1_a_workflow_trigger_shows_the_number_of_its_runs(page: Page, stack: RealStack) -> None:
    runs = (await ask(stack, "/api/runs", automation="member-onboarding", limit=200))["items"]
    assert {run["kind"] for run in runs} == {"workflow"}
    assert len(runs) > 100
    (row,) = [row for row in await shown(page, "/?search=member onboarding") if name_of(row) == "Member Onboarding"]
    assert (row["Primitive"], row["Type"], row["Runs"]) == ("Workflow", "Event", str(len(runs)))


# Phase 2: Social Scout (46%) at top with red severity band. Failed count "~110F" visible.


async def test_phase_2_social_scout_is_on_top_with_a_red_band_and_its_failures_counted(
    page: Page, stack: RealStack
) -> None:
    await page.goto("/")
    first = rows(page).first
    await expect(first).to_contain_text("Social Scout")
    await expect(first).to_contain_text("Failing")
    (told,) = [one for one in (await told_by_api(stack))["automations"] if one["slug"] == "social-scout"]
    await expect(first).to_contain_text(f"{told['stats']['failedRuns']}F")
    await expect(first).to_contain_text(f"{round(told['stats']['recent']['successRate'])}%")
    assert 105 <= told["stats"]["failedRuns"] <= 120
    assert 40 <= told["stats"]["recent"]["successRate"] <= 52
    assert within(await hue(first, "backgroundColor"), *HUES["failing"])
    assert within(await hue(first, "boxShadow"), *HUES["failing"])


async def test_phase_2_every_band_has_its_text_its_badge_its_tint_and_its_left_border(page: Page) -> None:
    await shown(page)
    for band in WORST_FIRST:
        row = page.locator(f"[data-severity={band}]").filter(has_text="%").first
        for part in (row.get_by_text(re.compile(r"^[\d.]+%$")), row.get_by_text(band.title(), exact=True)):
            assert within(await hue(part, "color"), *HUES[band]), band
        assert within(await hue(row.get_by_text(band.title(), exact=True), "backgroundColor"), *HUES[band]), band
        for edge in ("backgroundColor", "boxShadow"):
            found = await hue(row, edge)
            assert found is None if band == "healthy" else within(found, *HUES[band]), (band, edge, found)


async def test_phase_2_the_list_is_worst_first_and_then_by_runs(page: Page, stack: RealStack) -> None:
    found = await shown(page)
    told = (await told_by_api(stack))["automations"]
    order = [(WORST_FIRST.index(one["severity"]), -one["stats"]["totalRuns"]) for one in told]
    assert order == sorted(order)
    assert [row["severity"] for row in found] == [one["severity"] for one in told]
    await assert_eventually(partial(same_names, page, stack, {}))


async def test_phase_2_failures_are_counted_where_an_automation_is_not_healthy(page: Page, stack: RealStack) -> None:
    found = {name_of(row): row for row in await shown(page)}
    for one in (await told_by_api(stack))["automations"]:
        cell = found[one["name"]]["Success"]
        counted = re.search(r"([\d,]+)F", cell)
        failed = one["stats"]["failedRuns"]
        expected = failed if one["severity"] != "healthy" and failed else None
        assert (int(counted[1].replace(",", "")) if counted else None) == expected, one["name"]
    header = page.get_by_role("columnheader", name="Success")
    # The count covers all time and the rate recent runs; the header and the drawer say so.
    await expect(header).to_contain_text("failures (all time), success (recent)")
    await page.get_by_role("button", name="All-time rates").click()
    await expect(header).to_contain_text("failures (all time), success (all time)")
    stats = (await ask(stack, "/api/automations/social-scout"))["stats"]
    await row_of(page, "Social Scout").get_by_role("button", name=re.compile("Social Scout")).click()
    drawer = page.get_by_role("dialog", name="Social Scout")
    await expect(drawer).to_contain_text("of the last 50")
    life = f"All time: {round(stats['successRate'])}% ({stats['successRuns']} completed, {stats['failedRuns']} failed)"
    await expect(drawer).to_contain_text(life)


async def test_phase_2_a_dot_shows_how_the_last_run_ended(page: Page, stack: RealStack) -> None:
    await shown(page)
    told = (await told_by_api(stack))["automations"]
    for status, (label, low, high) in LAST_RUNS.items():
        one = next(one for one in told if one["lastRun"] and one["lastRun"]["status"] == status)
        dot = row_of(page, one["name"]).get_by_role("img", name=label)
        await expect(dot).to_be_visible()
        assert within(await hue(dot.locator("svg"), "color"), low, high), status


async def test_phase_2_a_running_run_is_a_pulsing_blue_dot(page: Page, stack: RealStack) -> None:
    await page.emulate_media(reduced_motion="no-preference")
    async with stack.client() as client:
        runner = {"type": "simulated", "durationMs": 60_000}
        agent = {"kind": "agent", "slug": "slow-one", "name": "Slow One", "spec": {"runner": runner}}
        assert (await client.post("/api/primitives", json=agent)).is_success
        body = {"slug": "slow-one", "name": "Slow One", "primitive": {"kind": "agent", "slug": "slow-one"}}
        assert (await client.post("/api/automations", json={**body, "source": "manual"})).is_success
        fired = await client.post("/api/automations/slow-one/fire")
        assert fired.is_success, fired.text
        try:
            await page.goto("/?search=slow one")
            dot = row_of(page, "Slow One").get_by_role("img", name="Running").locator("svg")
            await expect(dot).to_be_visible()
            assert within(await hue(dot, "color"), *BLUE)
            assert await dot.evaluate("(dot) => dot.getAnimations().length") == 1
        finally:
            (run,) = (await ask(stack, "/api/runs", automation="slow-one"))["items"]
            await client.post(f"/api/runs/{run['id']}/cancel")
            await client.delete("/api/automations/slow-one")


async def test_phase_2_the_cards_show_the_counts_of_the_api(page: Page, stack: RealStack) -> None:
    await page.goto("/")
    told = (await told_by_api(stack))["summary"]
    attention = told["bySeverity"]["failing"] + told["bySeverity"]["unstable"]
    assert told["needsAttention"] == attention > 0
    cards = summary(page)
    await expect(cards).to_contain_text(f"Total{told['total']}")
    await expect(cards).to_contain_text(f"Active{told['active']}")
    await expect(cards).to_contain_text(f"Needs attention{attention}")
    await expect(cards).to_contain_text(
        "".join(f"{told['byPrimitive'][kind]}{kind.title()}" for kind in told["byPrimitive"])
    )
    number = cards.get_by_role("button", name=re.compile("Needs attention")).get_by_role("paragraph").first
    assert within(await hue(number, "color"), *HUES["failing"])
    rate = cards.get_by_text(re.compile(rf"^{round(told['overallSuccessRate'])}%$"))
    assert within(await hue(rate, "color"), *HUES[told["overallSeverity"]])
    await cards.get_by_role("button", name=re.compile("Needs attention")).click()
    await expect(rows(page)).to_have_count(attention)


# Phase 3: Search "pulse" -> filters to PULSE automations + Pulse eval cycles.
# Primitive filter "Campaign" -> shows only campaign schedules.


async def test_phase_3_searching_pulse_shows_pulse_automations_and_evaluation_cycles(
    page: Page, stack: RealStack
) -> None:
    everything = (await told_by_api(stack))["automations"]
    # Compare with a search in plain Python over the same fields.
    texts = {
        one["name"]: f"{one['name']} {one['description']} {one['entity']['name']} {one['primitiveType']}"
        for one in everything
    }
    wanted = {name for name, text in texts.items() if "pulse" in text.lower()}
    assert {"PULSE Community Post", "PULSE Discussion Starter"} <= wanted
    assert {one["name"] for one in everything if one["primitiveType"] == "pulse"} <= wanted < set(texts)
    await page.set_viewport_size({"width": 1440, "height": 2500})
    await page.goto("/")
    await expect(rows(page).first).to_be_visible()
    await page.keyboard.press("/")
    await page.keyboard.type("pulse")
    await expect(rows(page)).to_have_count(len(wanted))
    assert {name_of(row) for row in await listed(page)} == wanted
    await expect(page).to_have_url(re.compile("search=pulse"))


async def test_phase_3_search_includes_descriptions_entities_and_agents(page: Page) -> None:
    await page.goto("/")
    box = page.get_by_role("searchbox", name="Search automations")
    await box.fill("scan the networks every")
    await expect(rows(page)).to_have_count(1)
    await expect(rows(page).first).to_contain_text("Social Scout")
    await box.fill("knowledge distiller")
    for name in ("Nightly Distillation", "Weekend Distillation", "Distil New Source"):
        await expect(row_of(page, name)).to_be_visible()
    await expect(row_of(page, "Social Scout")).to_have_count(0)
    # Searching for an agent also finds primitives that it is a member of.
    await box.fill("social scout")
    await expect(rows(page).filter(has_text="Community Growth")).to_have_count(1)


async def test_phase_3_the_campaign_filter_shows_only_campaign_schedules(page: Page, stack: RealStack) -> None:
    everything = (await told_by_api(stack))["automations"]
    campaigns = {one["name"]: one["type"] for one in everything if one["primitiveType"] == "campaign"}
    await page.goto("/")
    await page.get_by_role("group", name="Primitive").get_by_role("button", name="Campaign").click()
    await expect(rows(page)).to_have_count(len(campaigns))
    assert {row["Primitive"] for row in await listed(page)} == {"Campaign"}
    assert {name_of(row) for row in await listed(page)} == set(campaigns)
    await page.get_by_role("group", name="Type").get_by_role("button", name="Schedule").click()
    schedules = {name for name, source in campaigns.items() if source == "schedule"}
    await expect(rows(page)).to_have_count(len(schedules))
    assert {name_of(row) for row in await listed(page)} == schedules >= {"Nightly Distillation"}
    await expect(page).to_have_url(re.compile("primitive=campaign.*type=schedule|type=schedule.*primitive=campaign"))
    await page.reload()
    await expect(rows(page)).to_have_count(len(schedules))


async def test_phase_3_the_severity_filter_shows_only_its_band(page: Page, stack: RealStack) -> None:
    told = (await told_by_api(stack))["summary"]["bySeverity"]
    await page.goto("/")
    pills = page.get_by_role("group", name="Severity")
    for band in ("unstable", "degrading"):
        await pills.get_by_role("button", name="All").click()
        await pills.get_by_role("button", name=band.title()).click()
        await expect(rows(page)).to_have_count(told[band])
        assert {row["severity"] for row in await listed(page)} == {band}


async def test_phase_3_every_required_header_sorts(page: Page, stack: RealStack) -> None:
    await shown(page)
    headers = {"Name": "name", "Runs": "runs", "Success": "success", "Last run": "lastRun", "Next run": "nextRun"}
    for header, sort in {**headers, "Est. cost/mo": "cost"}.items():
        head = page.get_by_role("columnheader", name=header)
        await head.get_by_role("button").click()
        await expect(head).to_have_attribute("aria-sort", re.compile("ascending|descending"))
        await assert_eventually(partial(same_names, page, stack, {"sort": sort}))
    await page.get_by_role("columnheader", name="Name").get_by_role("button").click()
    await expect(page).to_have_url(re.compile("sort=name"))
    await assert_eventually(partial(same_names, page, stack, {"sort": "name"}))
    names = [name_of(row).lower() for row in await listed(page)]
    assert names == sorted(names)


async def same_names(page: Page, stack: RealStack, filters: dict[str, str]) -> None:
    """Check that the rows are in the API's order."""
    told = [one["name"] for one in (await told_by_api(stack, **filters))["automations"]]
    assert [name_of(row) for row in await listed(page)] == told
