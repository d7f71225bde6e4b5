"""Health policies on the page: the fields, the mark and note of a disabled automation, and the bell."""

import re

import httpx2
import pytest
from playwright.async_api import Page, expect

from tests.support.eventually import assert_eventually
from tests.support.real_stack import RealStack
from tests.web.browser_errors import expected_answers

AGENT = {
    "kind": "agent",
    "slug": "clumsy",
    "name": "Clumsy",
    "spec": {"runner": {"type": "simulated", "successRate": 0, "durationMs": 1}, "retry": {"maxAttempts": 1}},
}
WATCHED = {
    "slug": "watched-report",
    "name": "Watched Report",
    "primitive": {"kind": "agent", "slug": "clumsy"},
    "source": "event",
    "event": {"name": "report.wanted"},
    "healthPolicy": {"enabled": True, "minRuns": 2, "probe": {"afterMinutes": 45}},
}


@pytest.fixture
async def disabled(page: Page, stack: RealStack) -> None:
    """Let the policy of a new automation disable it."""
    async with stack.client() as api:
        await api.post("/api/primitives", json=AGENT)
        made = await api.post("/api/automations", json=WATCHED)
        assert made.status_code == 201, made.text
        for _ in range(2):
            await api.post("/api/triggers/event", json={"eventName": "report.wanted"})
        await assert_eventually(lambda: is_disabled(api), timeout=30)


async def is_disabled(api: httpx2.AsyncClient) -> None:
    assert (await api.get("/api/automations/watched-report")).json()["state"] == "auto_disabled"


@pytest.mark.usefixtures("disabled")
async def test_the_bell_tells_of_a_disabled_automation_and_leads_to_it(page: Page) -> None:
    await page.goto("/?search=watched")
    await expect(page.get_by_text("Auto-disabled").first).to_be_visible()
    await page.get_by_role("button", name=re.compile(r"^Notices: \d+ new")).click()
    dialog = page.get_by_role("dialog", name="Notices")
    await expect(dialog.get_by_role("listitem").first).to_contain_text("0% of the last 2 runs completed")
    await page.screenshot(path="tests/web/screenshots/notices.png")
    await dialog.get_by_role("button", name="Watched Report was disabled by its health policy").click()
    drawer = page.get_by_role("dialog", name="Watched Report")
    await expect(drawer.get_by_role("note", name="Auto-disabled")).to_contain_text("is a probe")
    await expect(drawer).to_contain_text("Then it is tried with a probe after 45 minutes")
    await page.screenshot(path="tests/web/screenshots/auto-disabled.png")
    await drawer.get_by_role("button", name="Close").click()
    await page.get_by_role("button", name=re.compile("^Notices")).click()
    if await dialog.get_by_role("button", name="Mark all as seen").is_visible():
        await dialog.get_by_role("button", name="Mark all as seen").click()
    await expect(dialog.get_by_role("button", name="Mark all as seen")).to_be_hidden()
    await dialog.get_by_role("button", name="Close").click()
    await expect(page.get_by_role("button", name="Notices", exact=True)).to_be_visible()


async def test_a_probe_is_set_in_the_form_and_kept_by_the_next_edit(page: Page, stack: RealStack) -> None:
    expected_answers(page, 422)
    await page.goto("/automations/new?kind=agent&primitive=trend-spotter")
    await page.get_by_label("Name", exact=True).fill("Tried Again")
    await page.get_by_role("switch", name="Watch the success rate").click()
    await page.get_by_role("switch", name="Try it again by itself").click()
    await page.get_by_label("Minutes until the first probe").fill("20")
    await page.get_by_label("Longest delay in minutes").fill("10")
    await page.screenshot(path="tests/web/screenshots/probe-fields.png", full_page=True)
    await page.get_by_role("button", name="Create").click()
    await expect(page.get_by_text("maxMinutes must not be less than afterMinutes").first).to_be_visible()
    await page.get_by_label("Longest delay in minutes").fill("600")
    await page.get_by_role("button", name="Create").click()
    await expect(page.get_by_role("dialog", name="Tried Again")).to_be_visible()
    await page.goto("/automations/tried-again/edit")
    await expect(page.get_by_label("Minutes until the first probe")).to_have_value("20")
    await page.get_by_label("Threshold (%)").fill("70")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("dialog", name="Tried Again")).to_be_visible()
    async with stack.client() as api:
        policy = (await api.get("/api/automations/tried-again")).json()["healthPolicy"]
    assert policy["probe"] == {"afterMinutes": 20, "maxMinutes": 600, "successes": 1}
    assert policy["threshold"] == 70
