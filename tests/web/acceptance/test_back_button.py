"""The browser's Back undoes one choice at a time, and Escape closes only the uppermost layer."""

import re

from playwright.async_api import Page, expect

from tests.web.schedule_list import rows


async def test_escape_closes_a_dialog_and_keeps_the_selection(page: Page) -> None:
    await page.goto("/?search=trend")
    await page.get_by_role("checkbox", name="Select Trend Spotter").click()
    bar = page.get_by_role("toolbar", name="Selection")
    await bar.get_by_role("button", name="Archive").click()
    await expect(page.get_by_role("dialog")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(bar).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(bar).to_have_count(0)


async def test_back_undoes_one_choice_at_a_time(page: Page) -> None:
    await page.goto("/runs")
    await page.get_by_role("link", name="Schedule").click()
    await expect(rows(page).first).to_be_visible()
    kinds = page.get_by_role("group", name="Primitive")
    steps = [
        (kinds.get_by_role("button", name="Campaign"), r"/\?primitive=campaign$"),
        (page.get_by_role("button", name="All-time rates"), r"/\?primitive=campaign&window=all$"),
        (page.get_by_role("columnheader", name="Name").get_by_role("button"), r"window=all&sort=name$"),
        (page.get_by_role("group", name="Span").get_by_text("7 d"), r"sort=name&load=week$"),
        (page.get_by_role("button", name="Clear", exact=True), r"/\?window=all&sort=name&load=week$"),
    ]
    for control, address in steps:
        await control.click()
        await expect(page).to_have_url(re.compile(address))
    for _, address in reversed(steps[:-1]):
        await page.go_back()
        await expect(page).to_have_url(re.compile(address))
    await page.go_back()
    await expect(page).to_have_url(re.compile(r"/$"))
    await expect(kinds.get_by_role("button", name="Campaign")).to_have_attribute("aria-pressed", "false")
    await page.go_back()
    await expect(page).to_have_url(re.compile("/runs$"))


async def test_back_undoes_a_whole_search_and_updates_the_search_box(page: Page) -> None:
    await page.goto("/")
    box = page.get_by_role("searchbox", name="Search automations")
    await box.press_sequentially("trend", delay=200)
    await expect(page).to_have_url(re.compile(r"/\?search=trend$"))
    await page.get_by_role("group", name="Primitive").get_by_role("button", name="Agent").click()
    await box.press("End")
    await box.press_sequentially("ing", delay=200)
    await expect(page).to_have_url(re.compile(r"/\?search=trending&primitive=agent$"))
    await page.go_back()
    await expect(page).to_have_url(re.compile(r"/\?search=trend&primitive=agent$"))
    await expect(box).to_have_value("trend")
    await page.go_back()
    await expect(page).to_have_url(re.compile(r"/\?search=trend$"))
    # Choosing the current value again adds no history entry.
    await page.get_by_role("group", name="Primitive").get_by_role("button", name="All").click()
    await box.fill("")
    await expect(page).to_have_url(re.compile("/$"))
    await page.go_back()
    await expect(box).to_have_value("trend")
    await expect(rows(page).filter(has_text="Social Scout")).to_have_count(0)
    await page.go_back()
    await expect(page).to_have_url(re.compile("/$"))
    await expect(box).to_have_value("")
    await page.wait_for_timeout(500)
    await expect(page).to_have_url(re.compile("/$"))


async def test_back_closes_the_drawer_and_then_undoes_the_filter(page: Page) -> None:
    await page.goto("/")
    await page.get_by_role("group", name="Severity").get_by_role("button", name="Failing").click()
    await page.get_by_role("button", name=re.compile("Social Scout")).first.click()
    await expect(page.get_by_role("dialog", name="Social Scout")).to_be_visible()
    await page.go_back()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(page).to_have_url(re.compile(r"/\?severity=failing$"))
    await page.go_back()
    await expect(page).to_have_url(re.compile("/$"))


async def test_back_undoes_filters_on_every_other_page(page: Page) -> None:
    pages = [
        ("/runs", "Status", "Failed", r"/runs\?status=failed$"),
        ("/calendar", "Primitive", "Agent", r"/calendar\?primitive=agent$"),
        ("/primitives", "Kind", "Agents", r"/primitives\?kind=agent$"),
    ]
    for path, group, pill, address in pages:
        await page.goto(path)
        await page.get_by_role("group", name=group).get_by_role("button", name=pill).click()
        await expect(page).to_have_url(re.compile(address))
        await page.go_back()
        await expect(page).to_have_url(re.compile(f"{path}$"))
    await page.goto("/calendar")
    await page.get_by_role("group", name="View").get_by_text("Month").click()
    await expect(page).to_have_url(re.compile(r"view=month$"))
    await page.get_by_role("button", name="Next month").click()
    await expect(page).to_have_url(re.compile(r"day="))
    await page.go_back()
    await expect(page).to_have_url(re.compile(r"/calendar\?view=month$"))
    await page.go_back()
    await expect(page).to_have_url(re.compile("/calendar$"))
    await page.goto("/primitives")
    box = page.get_by_role("searchbox", name="Search primitives")
    await box.press_sequentially("trend", delay=50)
    await expect(page).to_have_url(re.compile(r"search=trend$"))
    await page.go_back()
    await expect(page).to_have_url(re.compile("/primitives$"))
    await expect(box).to_have_value("")
