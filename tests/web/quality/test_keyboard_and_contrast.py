"""WCAG 2.2 AA: keyboard use and focus, forced colours, zoom, and messages that wait for the reader."""

import re

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Locator, Page, Route, expect

from tests.support.real_stack import RealStack
from tests.web.browser_errors import expected_silence
from tests.web.conftest import RETRIES
from tests.web.quality.test_accessibility_and_screenshots import Scheme, told
from tests.web.schedule_list import rows

ZOOMED = {"width": 720, "height": 450}
OPENED = "[role=menu], [role=dialog], [data-radix-popper-content-wrapper], [data-messages]"
WITHIN = {"runOnly": ["region"], "resultTypes": ["violations"]}


async def listed(page: Page, search: str = "") -> None:
    """Open the list and wait for it."""
    await page.goto(f"/{search}")
    await expect(rows(page).first).to_be_visible()


async def undone(page: Page, name: str) -> Locator:
    """Pause one by its switch, and return its Undo button."""
    await page.get_by_role("switch", name=f"{name} is active").first.focus()
    await page.keyboard.press("Space")
    await expect(page.get_by_text(f"{name} is paused.")).to_be_visible()
    return page.get_by_role("region", name="Messages").get_by_role("button", name="Undo")


async def test_messages_stay_while_focused_or_hovered_and_can_be_reread(page_of_its_own: Page) -> None:
    page = page_of_its_own
    await page.clock.install()
    await listed(page, "?search=release")

    async def read_again() -> Locator:
        await page.get_by_role("button", name="Account").click()
        await page.get_by_role("menuitem", name="Messages").click()
        return page.get_by_role("dialog", name="Messages")

    # Load its code before the fake clock runs ahead.
    await expect(await read_again()).to_contain_text("No messages yet.")
    await page.keyboard.press("Escape")
    undo = await undone(page, "Release Notes")
    await page.keyboard.press("F8")
    await page.clock.run_for(60_000)
    await expect(undo).to_be_focused()
    await page.keyboard.press("F8")
    await undo.hover()
    await page.clock.run_for(60_000)
    await expect(undo).to_be_visible()
    await page.mouse.move(700, 5)
    await page.clock.run_for(25_000)
    await expect(undo).to_have_count(0)

    async def refuse(route: Route) -> None:
        await route.abort("connectionrefused")

    await page.route("**/resume", refuse)
    expected_silence(page)
    said = (await read_again()).get_by_role("listitem").filter(has_text="Release Notes is paused.")
    await said.get_by_role("button", name="Undo").click()
    failure = page.get_by_role("region", name="Messages").get_by_text("Podium is not responding.")
    await expect(failure).to_be_visible()
    await page.clock.run_for(60_000)
    await expect(failure).to_be_visible()
    await page.unroute("**/resume")
    await said.get_by_role("button", name="Undo").click()
    await expect(said.get_by_role("button", name="Undo")).to_have_count(0)
    await expect(page.get_by_role("dialog").get_by_text("Release Notes is resumed again.")).to_be_visible()


async def test_every_sort_order_is_available_with_hidden_columns(page: Page) -> None:
    await page.set_viewport_size(ZOOMED)  # type: ignore[arg-type]
    await listed(page)
    await page.get_by_role("button", name="Sort by Severity").press("Enter")
    await page.get_by_role("menuitemcheckbox", name="Next run").press("Enter")
    await expect(page).to_have_url(re.compile("sort=nextRun"))
    await expect(page.get_by_role("button", name="Sort by Next run")).to_be_focused()


async def test_every_state_is_visible_in_forced_colours(page: Page) -> None:
    await page.emulate_media(forced_colors="active")
    await listed(page)
    looks = """(element) => {
        const own = getComputedStyle(element), track = getComputedStyle(element, '::before');
        const { backgroundColor, borderLeftStyle, borderLeftWidth, outlineWidth } = own;
        return [backgroundColor, borderLeftStyle, borderLeftWidth, outlineWidth, track.backgroundColor].join();
    }"""

    async def look(element: Locator) -> str:
        return str(await element.evaluate(looks))

    on, off = page.get_by_role("switch", checked=True).first, page.get_by_role("switch", checked=False).first
    assert await look(on) != await look(off)
    bands = [page.locator(f"[data-severity={band}]").first for band in ("failing", "unstable", "degrading")]
    assert len({await look(band) for band in bands}) == len(bands)
    for name in ("Primitive", "Measure"):
        pills = page.get_by_role("group", name=name).get_by_role("button")
        assert await look(pills.first) != await look(pills.nth(1))
    hour = page.get_by_role("region", name="Load").locator("[data-heat]").nth(2)
    before = await look(hour)
    await hour.press("Enter")
    await expect(hour).to_have_attribute("aria-pressed", "true")
    await page.get_by_role("searchbox").focus()
    assert await look(hour) != before
    pages = page.get_by_role("navigation", name="Pages").get_by_role("link")
    assert await look(pages.first) != await look(pages.nth(1))


async def test_states_are_distinguishable_without_colour(page: Page) -> None:
    await listed(page)
    shapes = page.locator("[data-severity] [role=img]")
    drawn = {await one.get_attribute("aria-label"): await one.inner_html() for one in await shapes.all()}
    plain = {label: re.sub(r'class="[^"]*"', "", html) for label, html in drawn.items()}
    assert len(plain) > 1
    assert len(set(plain.values())) == len(plain)
    await page.goto("/?open=social-scout")
    strip = page.get_by_role("group", name="Latest runs, oldest first")
    heights = {
        status: await strip.get_by_role("link", name=re.compile(f"^{status}")).first.evaluate(
            "(link) => link.firstElementChild.offsetHeight"
        )
        for status in ("Failed", "Completed")
    }
    assert heights["Failed"] > heights["Completed"]


async def test_a_due_fire_is_not_shown_as_late_before_the_api_says_so(page: Page, stack: RealStack) -> None:
    async def past(route: Route) -> None:
        answer = await route.fetch(max_retries=RETRIES)
        body = await answer.json()
        for one in body["automations"][:2]:
            one |= {"isActive": True, "state": "ok"}
            one["stats"] |= {"nextRunAt": "2020-01-01T00:00:00Z"}
        if len(body["automations"]) > 1:
            body["automations"][1]["state"] = "overdue"
        await route.fulfill(response=answer, json=body)

    await page.route("**/api/live/automations?*", past)
    await listed(page)
    await expect(rows(page).first).to_contain_text("due now")
    await expect(rows(page).nth(1)).to_contain_text("Overdue")
    await expect(rows(page).nth(1)).not_to_contain_text("due now")


@pytest.mark.long
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_in_dialogs_and_menus(page: Page, scheme: Scheme) -> None:
    found: list[str] = []

    async def look(name: str, seen: Locator) -> None:
        await expect(seen.first).to_be_visible()
        # Of the surrounding page only the landmarks: test_accessibility_and_screenshots checks the rest.
        for part, options in ((None, WITHIN), (OPENED, {"resultTypes": ["violations"]})):
            answer = await Axe().run(page, context=part, options=options)
            found.extend(f"{name}: {told(one)}" for one in answer.response["violations"])
        await page.keyboard.press("Escape")

    await page.emulate_media(color_scheme=scheme)
    await listed(page)
    for name in ("State", "Theme", "Account"):
        await page.get_by_role("button", name=name, exact=True).press("Enter")
        await look(name, page.get_by_role("menu"))
    dialog = page.get_by_role("dialog")
    await page.get_by_role("button", name=re.compile("^Time zone")).click()
    await look("zone", dialog)
    await page.keyboard.press("?")
    await look("keys", dialog)
    await page.keyboard.press("Control+k")
    await page.keyboard.type("trend")
    await look("palette", dialog.get_by_role("option", name=re.compile("Trend Spotter")))
    await page.get_by_role("region", name="Load").locator("[data-heat]").first.focus()
    await look("tooltip", page.get_by_role("tooltip"))
    await page.get_by_role("switch", name="Synthesis Engine is active").click()
    await look("impact", dialog.get_by_role("listitem"))
    await page.get_by_role("checkbox", name=re.compile("^Select ")).nth(1).click()
    await page.get_by_role("toolbar").get_by_role("button", name="Pause").click()
    await look("bulk", dialog.get_by_role("list", name="Affected automations"))
    await page.goto("/?open=editorial-board")
    await expect(dialog.get_by_role("switch")).to_be_visible()
    undo = await undone(page, "Editorial Board")
    await look("drawer with a message", undo)
    await page.goto("/calendar")
    await page.get_by_role("button", name="Agents and automations").click()
    await look("chooser", dialog.get_by_role("checkbox"))
    assert not found, "\n".join(found)
