"""The calendar and the load chart by days and hours, and moving through them by keyboard."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Page, Route, expect

from tests.web.conftest import RETRIES, ZONE


@pytest.mark.parametrize("day", ["foo", "2026-02-31", "9999-12-31"])
async def test_an_invalid_day_falls_back_to_today(page: Page, day: str) -> None:
    await page.goto(f"/calendar?view=day&day={day}")
    today = datetime.now(ZoneInfo(ZONE))
    await expect(page.get_by_role("heading", level=1)).to_have_text(f"{today:%A, %-d %B %Y}")


async def test_the_calendar_opens_on_the_next_seven_days_at_the_current_hour(page: Page) -> None:
    await page.goto("/calendar")
    today = datetime.now(ZoneInfo(ZONE))
    last = today + timedelta(days=6)
    await expect(page.get_by_role("heading", level=1)).to_have_text(
        re.compile(rf"^{today:%-d} \w+( {today:%Y})? to {last:%-d} \w+ {last:%Y}$")
    )
    await expect(page.get_by_text("New York time")).to_be_attached()
    now = page.get_by_role("img", name=re.compile(r"^Now, \d\d:\d\d$"))
    await expect(now).to_have_count(1)
    await expect(now).to_be_in_viewport()
    await page.get_by_role("button", name="Next week").click()
    await expect(page).to_have_url(re.compile(f"day={today + timedelta(days=7):%Y-%m-%d}"))
    await expect(now).to_have_count(0)


async def test_the_load_names_the_zone_of_its_hours(page: Page) -> None:
    await page.goto("/")
    await expect(page.get_by_role("region", name="Load")).to_contain_text("New York time")


async def test_a_month_summarises_frequent_automations_and_links_to_the_rest(page: Page) -> None:
    await page.goto("/calendar?view=month")
    often = page.get_by_role("button", name=re.compile("^Devil's Advocate, Agent, Every 30 min, 48 a day"))
    await expect(often.first).to_be_visible()
    assert await often.count() > 20
    await page.get_by_role("button", name=re.compile(r"^\d+ more automations$")).first.click()
    await expect(page).to_have_url(re.compile("view=day.*day="))


async def test_the_hours_of_the_load_are_one_tab_stop(page: Page) -> None:
    await page.goto("/")
    hours = page.get_by_role("region", name="Load").locator("button[aria-pressed][aria-label*=':']")
    await expect(hours).to_have_count(24)
    assert await hours.and_(page.locator("[tabindex='0']")).count() == 1
    await hours.first.focus()
    await page.keyboard.press("ArrowRight")
    await expect(hours.nth(1)).to_be_focused()


async def test_the_peak_names_its_unit_and_its_day(page: Page) -> None:
    await page.goto("/?load=week&measure=concurrency")
    load = page.get_by_role("region", name="Load")
    await expect(load).to_contain_text(re.compile(r"Up to \d+ running at once at \d\d:00 on \w{3} \d+"))
    await load.get_by_role("button", name="Starts").click()
    await expect(load).to_contain_text(re.compile(r"10 start at 22:00 on \w{3} \d+ \(8 agents, "))


async def test_the_calendar_stops_at_its_limit_with_a_message(page: Page) -> None:
    await page.goto("/calendar?view=month&day=2099-11-15")
    later = page.get_by_role("button", name="Next month")
    await later.click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("December 2099")
    await expect(page.get_by_text("The calendar ends in 2099.")).to_be_visible()
    await expect(page.get_by_role("button", name=re.compile(r"^2099-12-31: \d+ fires"))).to_be_visible()
    await expect(later).to_have_attribute("aria-disabled", "true")
    await later.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("December 2099")
    await page.goto("/calendar?view=month&day=1970-01-31")
    await expect(page.get_by_text("The calendar starts in 1970.")).to_be_visible()
    await expect(page.get_by_role("button", name="Previous month")).to_have_attribute("aria-disabled", "true")


async def test_seven_days_on_a_phone_show_expected_trigger_runs(page: Page) -> None:
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.goto("/?load=week")
    picture = page.get_by_role("region", name="Load").get_by_role("img")
    await expect(picture).to_be_visible()
    assert await picture.locator("[data-arrivals]").count() > 20


@pytest.mark.parametrize(("there", "says"), [(15, None), (16, "and 2 more")])
async def test_a_tooltip_does_not_replace_a_single_name_by_a_count(page: Page, there: int, says: str | None) -> None:
    async def crowded(route: Route) -> None:
        answer = await route.fetch(max_retries=RETRIES)
        density = await answer.json()
        named = [
            {"id": str(number), "slug": f"n{number}", "name": f"Number {number}", "count": 1} for number in range(there)
        ]
        density["slots"][3].update(automations=named, automationsLeftOut=0)
        await route.fulfill(response=answer, json=density)

    await page.route("**/api/live/density?*", crowded)
    await page.goto("/")
    hours = page.get_by_role("region", name="Load").locator("button[aria-pressed][aria-label*=':']")
    await hours.nth(3).hover()
    tip = page.get_by_role("tooltip")
    await expect(tip).to_contain_text("Number 13")
    if says:
        await expect(tip).to_contain_text(says)
    else:
        await expect(tip).to_contain_text("Number 14")
        await expect(tip).not_to_contain_text("more")


async def test_in_a_narrow_window_the_week_scrolls_below_its_days_and_covers_nothing(page: Page) -> None:
    await page.set_viewport_size({"width": 320, "height": 640})
    await page.goto("/calendar?view=week")
    frequent = page.get_by_role("button", name=re.compile(r": Every .* a day")).first
    await expect(frequent).to_be_visible()
    days = page.get_by_role("button", name=re.compile(r"^\w{3} \d\d?$"))
    await expect(days).to_have_count(7)
    header, bar = await days.first.bounding_box(), await frequent.bounding_box()
    assert header
    assert bar
    assert header["y"] + header["height"] <= bar["y"]
    await days.last.scroll_into_view_if_needed()
    await expect(days.last).to_be_in_viewport()
    assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
