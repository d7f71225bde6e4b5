"""Creating and editing automations: each source, refused fields, concurrent edits, and unsaved changes."""

import asyncio
import json
import re
import subprocess
from typing import Any

from playwright.async_api import Locator, Page, Route, expect

from tests.support.real_stack import RealStack
from tests.web.browser_errors import expected_answers

HEADER = 48
NEW = "/automations/new?kind=agent&primitive=trend-spotter"


def ahead(page: Page) -> Locator:
    return page.get_by_role("region", name="Preview")


def verdict(page: Page) -> Locator:
    return page.get_by_role("status", name="Filter result")


async def saved(stack: RealStack, slug: str) -> Any:
    async with stack.client() as client:
        answer = await client.get(f"/api/automations/{slug}")
        assert answer.status_code == 200, answer.text
        return answer.json()


async def test_a_schedule_is_created_by_keyboard_with_the_preview_in_sight(page: Page, stack: RealStack) -> None:
    await page.goto("/automations/new")
    await page.get_by_role("radio", name="Agent").focus()
    await page.keyboard.press("ArrowRight")
    await expect(page.get_by_role("radio", name="Workflow")).to_be_checked()
    await page.keyboard.press("Tab")
    await page.keyboard.type("incident")
    await expect(page.get_by_role("listbox").get_by_role("option")).to_have_text([re.compile("Incident Review")])
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("combobox", name="Workflow")).to_have_value("Incident Review")
    await page.keyboard.press("Tab")
    await page.keyboard.type("Early Review")
    await page.get_by_label("Cron", exact=True).fill("30 2 * * *")
    zone = page.get_by_role("combobox", name="Time zone")
    await zone.focus()
    await page.keyboard.type("berlin")
    await page.keyboard.press("Enter")
    await expect(zone).to_have_value("Europe/Berlin")
    await expect(ahead(page)).to_contain_text("At 02:30")
    await expect(ahead(page).get_by_role("columnheader", name="Berlin")).to_be_visible()
    await expect(ahead(page).get_by_role("columnheader", name="New York")).to_be_visible()
    await expect(ahead(page)).to_contain_text("02:30 does not exist on this day; it fires at 03:00 instead.")
    await expect(ahead(page)).to_contain_text("Cost per month")
    await expect(ahead(page).get_by_role("img", name=re.compile("1 start of this automation"))).to_be_visible()
    await page.get_by_label("Budget (USD per month)").fill("0.000001")
    await expect(ahead(page)).to_contain_text("more than its budget")
    await page.get_by_label("Budget (USD per month)").fill("")
    await page.get_by_role("button", name="Create").click()
    await expect(page.get_by_role("dialog", name="Early Review")).to_be_visible()
    made = await saved(stack, "early-review")
    assert (made["schedule"]["cronExpr"], made["schedule"]["timezone"]) == ("30 2 * * *", "Europe/Berlin")
    assert made["primitive"] == {"kind": "workflow", "slug": "incident-review"}


async def test_enter_selects_the_matching_primitive(page: Page) -> None:
    async def slow(route: Route) -> None:
        await asyncio.sleep(0.3)
        await route.continue_()

    await page.goto("/automations/new")
    agent = page.get_by_role("combobox", name="Agent")
    for typed, name in (("trend", "Trend Spotter"), ("fact", "Fact Checker"), ("nobody has this name", "Fact Checker")):
        await agent.click()
        await expect(page.get_by_role("listbox", name="Choices").get_by_role("option").nth(1)).to_be_visible()
        await page.route("**/api/primitives?*", slow)
        await page.keyboard.type(typed)
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("listbox", name="Choices")).to_be_hidden()
        await expect(agent).to_have_value(name)
        await page.unroute("**/api/primitives?*", slow)


async def test_a_schedule_without_dst_effects_says_so_once(page: Page) -> None:
    expected_answers(page, 422)
    await page.goto(NEW)
    await expect(ahead(page)).to_contain_text("Daylight-saving changes don't affect it.")
    await page.get_by_label("Cron", exact=True).fill("0 0 */2 * 1")
    await expect(ahead(page).get_by_role("listitem").first).to_be_visible()
    await page.get_by_label("Cron", exact=True).fill("61 * * * *")
    await expect(page.get_by_label("Cron", exact=True)).to_have_attribute("aria-invalid", "true")


async def test_a_webhook_gets_a_generated_secret_and_the_example_call_fires_it(page: Page, stack: RealStack) -> None:
    await page.goto(NEW)
    await page.get_by_role("radio", name="Webhook").click()
    await page.get_by_label("Name").fill("Wizard Hook")
    await page.get_by_label("Path").fill("wizard-hook")
    await expect(page.get_by_text(f"{stack.url}/api/webhooks/wizard-hook").first).to_be_visible()
    await page.get_by_label("Only if (CEL)").fill('payload.hello == "world" && "user-agent" in headers')
    await page.get_by_label("Sample (JSON)").fill('{"hello": "world"}')
    await expect(verdict(page)).to_contain_text("Would not fire")
    await page.get_by_label("Headers (JSON)").fill('{"User-Agent": "curl"}')
    await expect(verdict(page)).to_contain_text("Would fire")
    await page.get_by_role("button", name="Create").click()
    told = page.get_by_role("dialog", name="Wizard Hook is saved")
    await expect(told).to_be_visible()
    codes = [await code.inner_text() for code in await told.locator("code").all()]
    secret, address, call = codes[:3]
    assert secret.startswith("whsec_")
    assert address == f"{stack.url}/api/webhooks/wizard-hook"
    done = await asyncio.to_thread(
        subprocess.run, ("sh", "-ec", call), capture_output=True, text=True, timeout=30, check=True
    )
    assert len(json.loads(done.stdout)["runs"]) == 1, done.stdout
    await told.get_by_role("button", name="I have copied it").click()
    await expect(page.get_by_role("dialog", name="Wizard Hook")).to_be_visible()
    assert secret not in await page.content()

    await page.goto("/automations/wizard-hook/edit")
    await expect(page.get_by_label("Secret")).to_have_value("kept")
    taken = page.get_by_label("Use a recent delivery")
    await expect(taken.get_by_role("option")).to_have_count(2)
    await taken.select_option(index=1)
    await expect(page.get_by_label("Sample (JSON)")).to_have_value(re.compile('"hello": "world"'))
    await expect(verdict(page)).to_contain_text("Would fire")
    await page.get_by_label("Secret").select_option("new")
    await page.get_by_role("button", name="Save").click()
    told = page.get_by_role("dialog", name="Wizard Hook is saved")
    await expect(told.locator("code").first).not_to_have_text(secret)
    await told.get_by_role("button", name="I have copied it").click()
    await page.goto("/automations/wizard-hook/edit")
    await page.get_by_role("button", name="Stop accepting it").click()
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("dialog", name="Wizard Hook")).to_be_visible()
    assert (await saved(stack, "wizard-hook"))["webhook"]["previousSecret"] is None


async def test_an_event_filter_is_tested_on_real_deliveries(page: Page, stack: RealStack) -> None:
    async with stack.client() as client:
        for total in (3, 30):
            body = {"eventName": "wizard.ordered", "payload": {"total": total}}
            assert (await client.post("/api/triggers/event", json=body)).status_code == 202
    await page.goto(NEW)
    await page.get_by_role("radio", name="Event").click()
    await page.get_by_label("Name").fill("Wizard Event")
    event = page.get_by_role("combobox", name="Event")
    await event.click()
    await event.fill("wizard.")
    await page.get_by_role("option", name=re.compile("wizard.ordered")).click()
    await expect(event).to_have_value("wizard.ordered")
    await page.get_by_label("Only if (CEL)").fill("payload.total > 10")
    taken = page.get_by_label("Use a recent delivery")
    await expect(taken.get_by_role("option")).to_have_count(3)
    await taken.select_option(index=1)
    await expect(verdict(page)).to_contain_text("Would fire")
    await taken.select_option(index=2)
    await expect(verdict(page)).to_contain_text("Would not fire")
    await page.get_by_label("Sample (JSON)").fill('{"sum": 11}')
    await expect(verdict(page)).to_contain_text("total")
    await page.get_by_label("Sample (JSON)").fill('{"sum": ')
    await expect(verdict(page)).to_contain_text("The sample is not valid JSON")
    await page.get_by_label("Only if (CEL)").fill("payload.total >")
    await expect(page.get_by_label("Only if (CEL)")).to_have_attribute("aria-invalid", "true")
    await page.get_by_label("Only if (CEL)").fill("payload.total > 10")
    await page.get_by_role("button", name="Create").click()
    await expect(page.get_by_role("dialog", name="Wizard Event")).to_be_visible()
    assert (await saved(stack, "wizard-event"))["event"] == {"name": "wizard.ordered", "filter": "payload.total > 10"}


async def test_all_invalid_fields_are_marked_at_once(page: Page) -> None:
    expected_answers(page, 422)
    await page.goto("/automations/new")
    await page.get_by_label("Default payload (JSON)").fill("{oops")
    await page.get_by_label("Budget (USD per month)").fill("abc")
    await page.get_by_role("button", name="Create").click()
    for label in ("Name", "Agent", "Default payload (JSON)", "Budget (USD per month)"):
        await expect(page.get_by_label(label, exact=True).last).to_have_attribute("aria-invalid", "true")
    wrong = page.get_by_role("alert", name="Errors")
    await expect(wrong).to_contain_text("4 fields need attention")
    await expect(wrong).to_contain_text("Agent: Choose a primitive.")
    await expect(wrong).to_contain_text("Default payload: This is not valid JSON")
    await page.get_by_label("Default payload (JSON)").fill("{}")
    await expect(wrong).to_contain_text("3 fields need attention")
    await page.get_by_role("button", name="Create").click()
    await expect(wrong).to_contain_text("Budget: Enter an amount, such as 25.00.")


async def test_slack_and_manual_show_setup_instructions(page: Page, stack: RealStack) -> None:
    await page.goto(NEW)
    await page.get_by_role("radio", name="Slack").click()
    await page.get_by_label("Name").fill("Wizard Ask")
    await page.get_by_label("Slash command").fill("/wizard")
    await page.get_by_text("What to set in Slack").click()
    await expect(page.get_by_text(f"{stack.url}/api/triggers/slack")).to_be_visible()
    await page.get_by_label("Sample (JSON)").fill('{"command": "/other"}')
    await expect(verdict(page)).to_contain_text("it does not listen to /other")
    await page.get_by_label("Signing secret").fill("slack-signing-secret")
    await page.get_by_role("button", name="Create").click()
    await expect(page.get_by_role("dialog", name="Wizard Ask")).to_be_visible()

    await page.goto(NEW)
    await page.get_by_role("radio", name="Manual").click()
    await page.get_by_label("Name").fill("By Hand Only")
    await expect(page.get_by_text("podium fire by-hand-only")).to_be_visible()
    await page.get_by_role("button", name="Create").click()
    await expect(page.get_by_role("dialog", name="By Hand Only")).to_be_visible()


async def test_invalid_fields_are_marked_described_counted_and_focused(page: Page) -> None:
    expected_answers(page, 422)
    await page.goto("/automations/new")
    await page.get_by_role("radio", name="Event").click()
    await page.get_by_role("switch", name="Watch the success rate").click()
    await page.get_by_label("Threshold (%)").fill("170")
    await page.get_by_role("button", name="Create").click()
    told = page.get_by_role("alert")
    await expect(told).to_contain_text(re.compile(r"\d fields need attention"))
    first = page.locator('[aria-invalid="true"]').first
    await expect(first).to_be_focused()
    below = page.get_by_label("Threshold (%)")
    await expect(below).to_have_attribute("aria-invalid", "true")
    await expect(below).to_have_accessible_description(re.compile("100"))
    await told.get_by_role("button", name=re.compile("Threshold")).click()
    await expect(below).to_be_focused()


async def test_a_kind_without_primitives_links_to_creating_one(page: Page) -> None:
    async def nothing(route: Any) -> None:
        await route.fulfill(json={"items": [], "nextCursor": None})

    await page.route("**/api/primitives?kind=network**", nothing)
    await page.goto("/automations/new?kind=network")
    await expect(page.get_by_text("There are no networks yet.")).to_be_visible()
    await page.get_by_role("link", name="Create the first one").click()
    await expect(page).to_have_url(re.compile(r"/primitives/new\?kind=network"))


async def test_on_a_phone_the_preview_stays_in_sight_and_hides_no_focus(page: Page) -> None:
    expected_answers(page, 422)
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.goto(NEW)
    bar = page.locator("[data-bottom-bar]")
    await expect(bar).to_contain_text("Next ")
    await page.get_by_label("Cron", exact=True).fill("*/30 * * * *")
    await expect(bar).to_contain_text("runs")
    for label in ("Budget (USD per month)", "Catch up (s)", "Description", "Default payload (JSON)"):
        field = page.get_by_label(label)
        await field.focus()
        box, edge = await field.bounding_box(), await bar.bounding_box()
        assert box, label
        assert edge, label
        assert box["y"] >= HEADER, f"{label} is behind the header"
        assert box["y"] + box["height"] <= edge["y"], f"{label} is behind the bar"
    await bar.get_by_role("link").click()
    await expect(ahead(page)).to_be_in_viewport()
    await bar.get_by_role("button", name="Create").click()
    await expect(bar).to_contain_text("1 field needs attention")
    await expect(page.get_by_label("Name")).to_be_focused()
