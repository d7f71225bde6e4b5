"""What the calendar and the load say of days and hours, and how keys reach them."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Page, expect

from tests.web.conftest import ZONE


@pytest.mark.parametrize("day", ["foo", "2026-02-31", "9999-12-31"])
async def test_a_day_that_no_calendar_shows_is_today(page: Page, day: str) -> None:
    await page.goto(f"/calendar?view=day&day={day}")
    today = datetime.now(ZoneInfo(ZONE))
    await expect(page.get_by_role("heading", level=1)).to_have_text(f"{today:%A, %-d %B %Y}")


async def test_a_month_names_what_fires_often_and_leads_to_what_it_leaves_out(page: Page) -> None:
    await page.goto("/calendar?view=month")
    often = page.get_by_role("button", name=re.compile("^Devil's Advocate, Agent, Every 30 min, 48 a day"))
    await expect(often.first).to_be_visible()
    assert await often.count() > 20
    await page.get_by_role("button", name=re.compile(r"^\d+ more automations$")).first.click()
    await expect(page).to_have_url(re.compile("view=day.*day="))


async def test_the_hours_of_the_load_are_one_stop_of_the_tab_key(page: Page) -> None:
    await page.goto("/")
    hours = page.get_by_role("region", name="Load").locator("button[aria-pressed][aria-label*=':']")
    await expect(hours).to_have_count(24)
    assert await hours.and_(page.locator("[tabindex='0']")).count() == 1
    await hours.first.focus()
    await page.keyboard.press("ArrowRight")
    await expect(hours.nth(1)).to_be_focused()


async def test_the_peak_speaks_of_what_is_measured_and_of_its_day(page: Page) -> None:
    await page.goto("/?load=week&measure=concurrency")
    load = page.get_by_role("region", name="Load")
    await expect(load).to_contain_text(re.compile(r"Highest concurrency on \w{3} \d+: \d+ at \d\d:00"))
    await load.get_by_role("button", name="Starts").click()
    await expect(load).to_contain_text(re.compile(r"(High concurrency|Peak) on \w{3} \d+: 10 at 22:00"))
