"""The Control page: the verdict with its reasons, numbers that explain themselves, and an answer that gets old."""

import re
from typing import Any

from playwright.async_api import Locator, Page, Route, expect

from tests.web.browser_errors import expected_silence
from tests.web.conftest import RETRIES
from tests.web.quality.test_accessibility_and_screenshots import (
    AXE,
    COLOURS,
    NARROWEST,
    WIDER_THAN_THE_WINDOW,
    settled,
    told,
    violations,
)

CONTROL = "**/api/live/control?*"


def part(page: Page, name: str | re.Pattern[str]) -> Locator:
    return page.get_by_role("region", name=name)


async def test_the_page_says_why_and_leads_to_what_is_behind_it(page: Page) -> None:
    await page.goto("/")
    await page.get_by_role("navigation", name="Pages").get_by_role("link", name="Control").click()
    verdict = part(page, "Verdict")
    await expect(verdict).to_contain_text(re.compile(r"Degraded.*fails; worst: .* completed"))
    needs = part(page, "Needs you").get_by_role("listitem")
    await expect(needs.filter(has_text="Social Scout fails")).to_have_count(1)
    # Each number tells by keyboard what it means.
    failed = part(page, "Last 24 hours").get_by_role("link", name=re.compile(r"^Failed \d+")).first
    await failed.focus()
    await expect(page.get_by_role("tooltip")).to_contain_text("and failed.")
    await expect(part(page, "Engine").get_by_role("list", name="Task queues").get_by_role("listitem")).to_have_count(6)
    await expect(part(page, "Next 24 hours").get_by_role("group").get_by_role("link")).to_have_count(24)
    history = part(page, "Last 7 days by hour")
    await expect(history.get_by_role("group", name="Hours, oldest first").get_by_role("link")).to_have_count(7 * 24)
    change = history.get_by_role("group", name="Changes, oldest first").get_by_role("link").last
    await expect(change).to_have_attribute("aria-label", re.compile("automations created"))
    await expect(change).to_have_attribute("href", re.compile("^/activity\\?from="))
    await expect(part(page, re.compile("^Autonomy"))).to_contain_text(re.compile(r"Welcome Host.*100%"))
    makers = part(page, re.compile("^Who contributes most"))
    await expect(makers.get_by_role("list", name="Failures by contribution")).to_contain_text("Social Scout")
    await makers.get_by_role("button", name="Automations").click()
    await makers.get_by_role("button", name="Cost").click()
    await expect(page).to_have_url(re.compile(r"/control\?of=automations&by=cost$"))
    await expect(makers.get_by_role("list", name="Cost by contribution").get_by_role("link").first).to_be_visible()
    await expect(part(page, "Budgets of this month")).to_contain_text("Nightly Distillation")
    assert [told(one) for one in await violations(page, AXE)] == []
    await page.emulate_media(color_scheme="dark")
    assert [told(one) for one in await violations(page, COLOURS)] == []
    await page.set_viewport_size(NARROWEST)  # type: ignore[arg-type]
    assert await page.evaluate(WIDER_THAN_THE_WINDOW) == []
    count = (await failed.inner_text()).split()[-1]
    await failed.click()
    await expect(page).to_have_url(re.compile(r"/runs\?kind=agent&status=failed&from="))
    await settled(page)
    await expect(page.get_by_role("table", name="Runs").get_by_role("row")).to_have_count(int(count) + 1)
    await page.go_back()
    await verdict.get_by_role("link", name=re.compile("fails; worst:")).click()
    await expect(page).to_have_url(re.compile(r"/\?severity=failing$"))


async def test_an_answer_that_gets_old_is_not_shown_as_how_things_are(page_of_its_own: Page) -> None:
    page = page_of_its_own
    expected_silence(page)
    await page.clock.install()
    await page.goto("/control")
    verdict = part(page, "Verdict")
    await expect(verdict).to_contain_text("Degraded")

    async def away(route: Route) -> None:
        await route.abort("connectionrefused")

    await page.route(CONTROL, away)
    alert = verdict.get_by_role("alert")
    for _ in range(4):
        await page.clock.run_for(5000)
    await expect(alert).to_have_text(re.compile(r"^Podium is not responding\. What follows is from \d\d:\d\d:\d\d, "))
    await expect(verdict).to_contain_text(re.compile(r"Unknown.*checked \d+ s ago"))
    await expect(verdict).to_contain_text("fails; worst:")
    await page.unroute(CONTROL)
    await page.clock.run_for(31_000)
    await expect(alert).to_have_count(0)
    await expect(verdict).to_contain_text("Degraded")


async def test_an_empty_platform_leads_to_its_first_steps(page: Page) -> None:
    async def nothing(route: Route) -> None:
        answer = await route.fetch(max_retries=RETRIES)
        empty: dict[str, Any] = {"verdict": "empty", "reasons": [], "sentence": "Nothing is set up yet."}
        await route.fulfill(response=answer, json=await answer.json() | empty)

    await page.route(CONTROL, nothing)
    await page.goto("/control")
    await expect(part(page, "Verdict")).to_contain_text("Nothing is set up yet.")
    await expect(page.get_by_role("heading", name="Get your first run in three steps")).to_be_visible()
    await expect(part(page, "Engine")).to_have_count(0)
