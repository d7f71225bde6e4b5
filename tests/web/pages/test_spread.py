"""Spreading on the page: the plan, what stays, applying it, and taking it back."""

import re
from typing import Any

from playwright.async_api import Locator, Page, ViewportSize, expect

from tests.support.eventually import assert_eventually
from tests.support.real_stack import RealStack
from tests.web.quality.test_accessibility_and_screenshots import AXE, PICTURES, settled, told, violations

DESK: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}


async def planned(page: Page) -> Locator:
    await page.goto("/")
    await page.get_by_role("region", name="Load").get_by_role("button", name="Spread…").click()
    dialog = page.get_by_role("dialog", name="Spread schedules")
    await expect(dialog.get_by_role("list", name="Moves")).to_be_visible()
    return dialog


async def crons(stack: RealStack) -> dict[str, Any]:
    async with stack.client() as client:
        answer = await client.get("/api/live/automations", params={"limit": 1000, "type": "schedule"})
        return {one["slug"]: one["config"]["cronExpr"] for one in answer.json()["automations"]}


async def synced(stack: RealStack) -> bool:
    async with stack.client() as client:
        answer = await client.get("/api/live/automations", params={"limit": 1000, "type": "schedule"})
        return all(one["syncedRevision"] == one["revision"] for one in answer.json()["automations"])


async def test_a_plan_is_shown_applied_and_taken_back(page: Page, stack: RealStack) -> None:
    before = await crons(stack)
    dialog = await planned(page)
    load = dialog.get_by_role("region", name="Load of the week")
    await expect(load.get_by_role("row", name=re.compile("Busiest hour"))).to_be_visible()
    await expect(load.get_by_role("img", name=re.compile("^(Now|Planned): at most"))).to_have_count(2)
    move = dialog.get_by_role("button", name=re.compile(r"^Move \d+ schedules?$"))
    count = int((await move.inner_text()).split()[1])
    await expect(dialog.get_by_role("list", name="Moves").get_by_role("listitem")).to_have_count(count)
    await dialog.get_by_text(re.compile(r"schedules? cannot move")).click()
    await expect(dialog.get_by_role("list", name="Cannot move")).to_be_visible()
    PICTURES.mkdir(exist_ok=True)
    await page.screenshot(path=PICTURES / "spread-desk.png")
    assert [told(one) for one in await violations(page, AXE)] == []
    await move.click()
    await expect(dialog).to_be_hidden()
    message = page.get_by_text(re.compile(rf"{count} schedules? moved\."))
    await expect(message).to_be_visible()
    after = await crons(stack)
    assert len([slug for slug in before if after[slug] != before[slug]]) == count
    await assert_eventually(lambda: synced(stack), timeout=30)
    await page.get_by_role("button", name="Undo").click()
    await expect(page.get_by_text(re.compile("moved back"))).to_be_visible()
    assert await crons(stack) == before


async def test_a_selection_is_spread_and_the_dialog_fits_a_phone(page: Page) -> None:
    await page.set_viewport_size(PHONE)
    dialog = await planned(page)
    await settled(page)
    await page.screenshot(path=PICTURES / "spread-phone.png")
    assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    await dialog.get_by_role("button", name="Cancel").click()
    await page.set_viewport_size(DESK)
    await page.get_by_role("checkbox", name=re.compile("^Select ")).nth(1).click()
    await page.get_by_role("toolbar", name="Selection").get_by_role("button", name="Spread…").click()
    await expect(dialog.get_by_text(re.compile("would move|No schedule needs to move")).last).to_be_visible()
