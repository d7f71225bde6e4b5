"""Errors on the page: found, looked into, decided about."""

import re

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from tests.web.quality.test_accessibility_and_screenshots import told


async def test_an_error_is_found_looked_into_resolved_and_opened_again(page: Page) -> None:
    await page.goto("/")
    await page.get_by_role("navigation", name="Pages").get_by_role("link", name="Errors").click()
    await expect(page).to_have_title(re.compile("Errors"))
    await page.get_by_role("group", name="Time").get_by_role("button", name="30 d").click()
    rows = page.get_by_role("table", name="Errors").get_by_role("row")
    # The sweep groups what the demo has imported.
    await expect(rows.nth(1)).to_be_visible(timeout=60_000)
    violations = (await Axe().run(page)).response["violations"]
    assert not violations, [told(violation) for violation in violations]
    first = rows.nth(1).get_by_role("link")
    template = await first.inner_text()
    await page.get_by_label("Search errors").fill("no such words")
    await expect(page.get_by_role("heading", name="No errors match these filters")).to_be_visible()
    await page.get_by_role("button", name="Clear filters").click()
    await page.get_by_role("group", name="Time").get_by_role("button", name="30 d").click()
    await page.get_by_role("link", name=template, exact=True).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(template)
    await expect(page.get_by_role("heading", name="What is different about them")).to_be_visible()
    violations = (await Axe().run(page)).response["violations"]
    assert not violations, [told(violation) for violation in violations]
    await page.get_by_role("button", name="Ignore").click()
    await page.get_by_role("menuitem", name="For a day").click()
    await expect(page.get_by_text("Ignored until")).to_be_visible()
    await page.get_by_role("button", name="Open again").click()
    await page.get_by_role("button", name="Resolve").click()
    await expect(page.get_by_text("Resolved", exact=True)).to_be_visible()
    await page.goto("/errors?state=resolved&span=30d")
    await expect(page.get_by_role("link", name=template, exact=True)).to_be_visible()
    await page.goto("/activity?type=error")
    newest = page.get_by_role("list", name="Activity, newest first").locator("> li").first
    await expect(newest).to_contain_text(f"Resolved error {template}")
