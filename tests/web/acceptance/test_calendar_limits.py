"""The calendar: too full a span shows counts, and one agent or some automations can be chosen."""

import re

from playwright.async_api import Page, Route, expect


async def test_a_too_full_calendar_shows_counts_per_hour(page: Page) -> None:
    async def few(route: Route) -> None:
        await route.continue_(url=re.sub(r"limit=\d+", "limit=10", route.request.url))

    await page.route("**/api/live/calendar?*", few)
    await page.goto("/calendar?view=day")
    await expect(page.get_by_text("each hour shows a count")).to_be_visible()
    await page.get_by_role("link", name=re.compile(r"^00:00: \d+ fires")).click()
    await expect(page).to_have_url(re.compile(r"/(runs)?\?(from|hour)="))


async def test_the_calendar_of_an_agent_shows_all_its_runs(page: Page) -> None:
    await page.goto("/calendar")
    await page.get_by_role("button", name="Agents and automations").click()
    choices = page.get_by_role("dialog", name="Filter by agent or automation")
    await choices.get_by_role("searchbox").fill("devil")
    agents = choices.get_by_role("group", name="Agents")
    await agents.get_by_role("checkbox", name="Devil's Advocate").click()
    await page.keyboard.press("Escape")
    await expect(page).to_have_url(re.compile("agents=devils-advocate"))
    # Its own runs, and those as a member of a debate network.
    await expect(page.get_by_role("button", name=re.compile("Devil's Advocate: Every 30 min")).first).to_be_visible()
    # After midnight, today has no run of the network yet.
    await page.get_by_role("button", name="Previous week").click()
    await expect(page.get_by_role("button", name=re.compile(r"^\d\d:\d\d, Debate Desk")).first).to_be_visible()
    await expect(page.get_by_role("button", name=re.compile(r"^\d\d:\d\d, Social Scout"))).to_have_count(0)


async def test_the_calendar_can_be_limited_to_automations_by_name(page: Page) -> None:
    await page.goto("/calendar")
    await page.get_by_role("button", name="Agents and automations").click()
    choices = page.get_by_role("dialog", name="Filter by agent or automation")
    await choices.get_by_role("searchbox").fill("fact")
    await choices.get_by_role("group", name="Agent automations").get_by_role("checkbox", name="Fact Checker").click()
    await page.keyboard.press("Escape")
    await expect(page).to_have_url(re.compile("automations=fact-checker"))
    await expect(page.get_by_role("button", name=re.compile("Fact Checker")).first).to_be_visible()
    await expect(page.get_by_role("button", name=re.compile(r"^\d\d:\d\d, Social Scout"))).to_have_count(0)
