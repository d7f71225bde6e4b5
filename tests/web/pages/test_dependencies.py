"""Dependencies on the page: added in the drawer, warned of, drawn, and removed in the form."""

from playwright.async_api import Locator, Page, expect

from tests.support.real_stack import RealStack
from tests.web.browser_errors import expected_answers
from tests.web.pages.test_primitives import choose

AGENT = {"kind": "agent", "slug": "trend-spotter"}


async def asked(page: Page, label: str, name: str) -> Locator:
    """Open the form for a new dependency, and choose the other automation."""
    await page.get_by_role("dialog").get_by_role("button", name="Add", exact=True).click()
    form = page.get_by_role("dialog", name="Add dependency")
    if label.startswith("Depends"):
        await form.get_by_role("button", name="Another depends on this").click()
    await choose(form.get_by_role("combobox", name=label), name.lower(), name)
    return form


async def test_an_edge_is_added_warned_of_drawn_and_removed(page: Page, stack: RealStack) -> None:
    expected_answers(page, 409)
    async with stack.client() as api:
        for slug in ("giver", "taker"):
            body = {"slug": slug, "name": slug.title(), "primitive": AGENT, "source": "manual"}
            assert (await api.post("/api/automations", json=body)).status_code == 201
    await page.goto("/?open=giver")
    drawer = page.get_by_role("dialog", name="Giver")
    form = await asked(page, "Depends on Giver", "Taker")
    await form.get_by_label("Effect").select_option("completed")
    await form.get_by_role("switch", name="Use the output of that run as input").click()
    await form.get_by_role("button", name="Add", exact=True).click()
    triggers = drawer.get_by_role("list", name="Triggers")
    await expect(triggers).to_contain_text("Taker is fired when this completes, with its output")

    form = await asked(page, "Giver depends on", "Taker")
    await form.get_by_role("button", name="Add", exact=True).click()
    await expect(form).to_contain_text("Giver cannot depend on taker: taker depends on giver")
    await page.screenshot(path="tests/web/screenshots/dependency-loop.png")
    await form.get_by_role("button", name="Cancel").click()

    await drawer.get_by_role("switch", name="Giver is active").click()
    warning = page.get_by_role("dialog", name="Pause Giver?")
    await expect(warning).to_contain_text("Taker is fired when Giver has completed")
    await page.screenshot(path="tests/web/screenshots/impact.png")
    await warning.get_by_role("button", name="Cancel").click()
    await expect(drawer.get_by_role("switch", name="Giver is active")).to_be_checked()

    await drawer.get_by_role("link", name="Graph").click()
    arrows = page.get_by_role("list", name="Arrows").get_by_role("listitem")
    await expect(arrows).to_have_text(["Giver fires Taker when it completes"])
    await page.get_by_role("button", name="Taker", exact=False).click()
    await expect(page.get_by_role("dialog", name="Taker")).to_contain_text("Giver and is fired when it completes")

    await page.goto("/automations/taker/edit")
    await expect(page.get_by_role("combobox", name="Depends on")).to_have_value("Giver")
    await page.get_by_role("button", name="Remove dependency 1").click()
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("dialog", name="Taker")).to_contain_text("It neither needs nor triggers another")
