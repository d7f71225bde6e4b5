"""Snooze, why and activity on the page."""

import re

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from tests.web.quality.test_accessibility_and_screenshots import told


async def test_a_snooze_is_created_shown_explained_filtered_and_ended(page: Page) -> None:
    await page.goto("/?open=social-scout")
    drawer = page.get_by_role("dialog", name="Social Scout")
    await drawer.get_by_role("button", name="Snooze").click()
    await page.get_by_role("menuitem", name="Until tomorrow 09:00").click()
    # A pulse evaluates it.
    await page.get_by_role("dialog", name="Snooze Social Scout?").get_by_role("button", name="Snooze").click()
    note = drawer.get_by_role("note", name="Snoozed")
    await expect(note).to_contain_text("Snoozed until")
    await expect(note).to_contain_text("09:00")
    await expect(note).to_contain_text("New York time")

    await drawer.get_by_role("button", name="Today").click()
    explained = drawer.get_by_role("list", name="Explanation, oldest first")
    await expect(explained.get_by_role("listitem").first).to_be_visible()
    violations = (await Axe().run(page)).response["violations"]
    assert not violations, [told(violation) for violation in violations]

    await page.goto("/?state=snoozed")
    await expect(page.get_by_role("row").filter(has_text="Social Scout")).to_contain_text("Snoozed until")

    await page.goto("/activity")
    await expect(page).to_have_title(re.compile("Activity"))
    entries = page.get_by_role("list", name="Activity, newest first").locator("> li")
    newest = entries.filter(has_text="Social Scout").first
    await expect(newest).to_contain_text("Snoozed automation Social Scout")
    await expect(newest).to_contain_text("until:")
    violations = (await Axe().run(page)).response["violations"]
    assert not violations, [told(violation) for violation in violations]
    await page.get_by_label("Search activity").fill("social scout")
    await expect(page).to_have_url(re.compile("q=social"))
    await expect(entries.filter(has_not_text="Social Scout")).to_have_count(0)
    await newest.get_by_role("button").click()
    await expect(page).to_have_url(re.compile("actor="))
    await newest.get_by_role("link", name="Social Scout").click()
    drawer = page.get_by_role("dialog", name="Social Scout")
    await drawer.get_by_role("button", name="Resume").click()
    await expect(drawer.get_by_role("note", name="Snoozed")).to_have_count(0)
