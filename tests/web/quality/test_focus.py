"""WCAG 2.2 AA: the focus goes where the reader expects it, and is never lost or hidden."""

import re

import pytest
from playwright.async_api import Page, Route, expect

from tests.web.quality.test_keyboard_and_contrast import listed, undone
from tests.web.schedule_list import rows

LOST = "document.activeElement === document.body"


FOCUSED = """() => {
    const box = document.activeElement.getBoundingClientRect();
    const seen = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    return document.activeElement.contains(seen) || seen?.contains(document.activeElement);
}"""


async def test_closing_a_dialog_returns_the_focus_to_its_opener(page: Page) -> None:
    await listed(page, "?search=trend")
    dialog = page.get_by_role("dialog")
    for name, leave in (("Time zone", "Escape"), ("Search and commands", "Escape"), ("Time zone", "button")):
        opener = page.get_by_role("banner").get_by_role("button", name=re.compile(name))
        await opener.focus()
        await page.keyboard.press("Enter")
        await expect(dialog).to_be_visible()
        if leave == "Escape":
            await page.keyboard.press("Escape")
        else:
            await dialog.get_by_role("button", name="Close").click()
        await expect(dialog).to_have_count(0)
        await expect(opener).to_be_focused()
    for item in ("Keyboard", "Messages"):
        await page.get_by_role("button", name="Account").press("Enter")
        await page.get_by_role("menuitem", name=item).press("Enter")
        await expect(dialog).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("button", name="Account")).to_be_focused()
    row = page.get_by_role("button", name=re.compile("^Trend Spotter"))
    for key in ("?", "Control+k", "Enter"):
        await row.focus()
        await page.keyboard.press(key)
        await expect(dialog).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(dialog).to_have_count(0)
        await expect(row).to_be_focused()
    await page.reload()
    await expect(rows(page).first).to_be_visible()
    await page.keyboard.press("?")
    await dialog.get_by_role("button", name="Close").click()
    await expect(page.get_by_role("main")).to_be_focused()


@pytest.mark.long
async def test_a_confirmation_returns_the_focus_to_the_switch_or_the_toolbar(page: Page) -> None:
    await listed(page, "?search=synthesis engine")
    switch = page.get_by_role("switch", name="Synthesis Engine is active")
    await switch.press("Space")
    await page.get_by_role("dialog").get_by_role("button", name="Cancel").press("Enter")
    await expect(switch).to_be_focused()
    await page.get_by_role("checkbox", name="Select Synthesis Engine").press("Space")
    await page.keyboard.press("b")
    bar = page.get_by_role("toolbar", name="Selection")
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("ArrowLeft")
    pause = bar.get_by_role("button", name="Pause")
    await pause.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(pause).to_be_focused()
    # In reading order the toolbar comes before its rows.
    before = "([bar, row]) => Boolean(bar.compareDocumentPosition(row) & Node.DOCUMENT_POSITION_FOLLOWING)"
    handles = [await bar.element_handle(), await rows(page).first.element_handle()]
    assert await page.evaluate(before, handles)
    await page.keyboard.press("Escape")
    await expect(bar).to_have_count(0)
    await expect(page.get_by_role("checkbox", name="Select Synthesis Engine")).to_be_focused()


@pytest.mark.long
async def test_when_a_row_disappears_the_next_one_gets_the_focus(page: Page) -> None:
    await listed(page, "?primitive=campaign&sort=name")
    await expect(rows(page)).to_have_count(4)
    await page.keyboard.press("j")
    await page.keyboard.press("j")
    await page.keyboard.press("x")
    await page.keyboard.press("b")
    await page.get_by_role("toolbar").get_by_role("button", name="Archive").press("Enter")
    await page.get_by_role("dialog").get_by_role("button", name="Archive 1").press("Enter")
    await expect(rows(page)).to_have_count(3)
    await expect(page.locator("[id^=row-]:focus")).to_have_count(1)
    await page.keyboard.press("F8")
    await page.keyboard.press("Enter")
    await expect(rows(page)).to_have_count(4)
    assert not await page.evaluate(LOST)


@pytest.mark.long
async def test_the_calendar_never_loses_the_focus(page: Page) -> None:
    await page.goto("/calendar")
    heading = page.get_by_role("heading", level=1)
    await page.get_by_role("button", name=re.compile("Devil's Advocate.*Show each fire")).first.press("Enter")
    collapse = page.get_by_role("button", name="Collapse frequent automations")
    await expect(collapse).to_be_visible()
    await expect(heading).to_be_focused()
    await collapse.press("Enter")
    await expect(collapse).to_have_count(0)
    await expect(heading).to_be_focused()
    chooser = page.get_by_role("button", name="Agents and automations")
    await chooser.press("Enter")
    await expect(page.get_by_role("searchbox")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(chooser).to_be_focused()
    await page.goto("/calendar?view=month")
    coming = page.get_by_role("button", name=re.compile("^Devil's Advocate, Agent")).last
    await coming.press("Enter")
    await expect(page.get_by_role("dialog", name="Devil's Advocate")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(coming).to_be_focused()
    await page.get_by_role("button", name=re.compile(r"\d+ more automations")).first.press("Enter")
    await expect(page).to_have_url(re.compile("view=day"))
    await expect(heading).to_be_focused()


@pytest.mark.long
async def test_a_switch_keeps_the_focus_while_it_is_saved(page: Page) -> None:
    await listed(page, "?search=morning")
    switch = page.get_by_role("switch", name="Morning Briefing is active")

    async def slow(route: Route) -> None:
        await page.wait_for_timeout(400)
        await route.continue_()

    await page.route("**/pause", slow)
    await switch.press("Space")
    await expect(switch).to_have_attribute("aria-busy", "true")
    await expect(switch).to_be_focused()
    await page.keyboard.press("Space")
    await expect(switch).to_have_attribute("aria-busy", "false")
    await expect(switch).not_to_be_checked()
    await expect(switch).to_be_focused()
    await page.keyboard.press("Space")
    await expect(page.get_by_text("Morning Briefing is resumed.")).to_be_visible()


@pytest.mark.long
async def test_an_action_in_the_drawer_can_be_undone_by_keyboard_while_it_stays_open(page: Page) -> None:
    await page.goto("/?open=citation-librarian")
    drawer = page.get_by_role("dialog", name="Citation Librarian")
    switch = drawer.get_by_role("switch")
    await expect(switch).to_be_visible()
    for way in ("keys", "pointer"):
        undo = await undone(page, "Citation Librarian")
        if way == "keys":
            await page.keyboard.press("F8")
            await expect(undo).to_be_focused()
            await page.keyboard.press("Shift+Tab")
            await expect(switch).to_be_focused()
            await page.keyboard.press("F8")
            await page.keyboard.press("Enter")
        else:
            await undo.click()
        await expect(page.get_by_text("Citation Librarian is resumed again.").last).to_be_visible()
        await expect(drawer).to_be_visible()
        await expect(switch).to_be_checked()
        await expect(switch).to_be_focused()
    await page.keyboard.press("F8")
    await page.keyboard.press("Escape")
    await expect(drawer).to_be_visible()
    await expect(switch).to_be_focused()


async def test_no_focused_element_is_hidden_by_a_bar(page: Page) -> None:
    await listed(page)
    await page.get_by_role("checkbox", name=re.compile("^Select ")).nth(1).click()
    await expect(page.get_by_role("toolbar", name="Selection")).to_be_visible()
    for _ in range(12):
        await page.keyboard.press("j")
        await page.wait_for_timeout(40)
    for key in ("Tab", "Shift+Tab"):
        for _ in range(28):
            await page.keyboard.press(key)
            assert await page.evaluate(FOCUSED), await page.evaluate("document.activeElement.outerHTML")
