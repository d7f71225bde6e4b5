"""Layout: nothing is cut off or too small on a phone, and large numbers stay aligned on a desktop."""

import re

import pytest
from playwright.async_api import Page, Route, expect

from tests.support.eventually import assert_eventually
from tests.web.conftest import RETRIES
from tests.web.schedule_list import rows, summary

PHONE = {"width": 390, "height": 844}
SMALLEST = {"width": 320, "height": 640}
BY_WIDTH = pytest.mark.parametrize("window", [PHONE, SMALLEST], ids=("phone", "smallest"))
READABLE = 0.8
NODE_WIDTH = 190
SIDEWAYS = "document.documentElement.scrollWidth > window.innerWidth"
# How far a row's content reaches into its padding.
OVER = """(row) => Math.max(...[...row.querySelectorAll('*')].map((one) => one.getBoundingClientRect().right))
    - (row.getBoundingClientRect().right - 12)"""
TOPS = "(all) => all.map((one) => Math.round(one.getBoundingClientRect().top))"


@pytest.mark.long
@BY_WIDTH
async def test_inputs_are_wide_enough_for_their_text(page: Page, window: dict[str, int]) -> None:
    await page.set_viewport_size(window)  # type: ignore[arg-type]
    await page.goto("/")
    field = page.get_by_label("Search automations")
    await field.fill("distillation")
    clear = page.get_by_role("button", name="Clear", exact=True)
    await expect(clear).to_be_visible()

    async def has_a_row_of_its_own() -> None:
        # Content above may still be loading.
        box, below = await field.bounding_box(), await clear.bounding_box()
        assert box
        assert below
        assert box["width"] >= 200
        assert below["y"] >= box["y"] + box["height"]

    await assert_eventually(has_a_row_of_its_own)


@BY_WIDTH
@pytest.mark.parametrize("path", ["workflow/incident-review", "network/debate-desk", "campaign/knowledge-distiller"])
async def test_a_graph_is_large_enough_to_read(page: Page, window: dict[str, int], path: str) -> None:
    await page.set_viewport_size(window)  # type: ignore[arg-type]
    await page.goto(f"/primitives/{path}")
    nodes = page.locator(".react-flow__node")
    await expect(nodes.first).to_be_visible()
    for node in await nodes.all():
        box = await node.bounding_box()
        assert box
        assert box["width"] >= READABLE * NODE_WIDTH - 1
    assert not await page.evaluate(SIDEWAYS)
    place = page.get_by_role("region", name="Graph")
    if await place.evaluate("(box) => box.scrollWidth > box.clientWidth"):
        await place.focus()
        await page.keyboard.press("ArrowRight")
        await page.wait_for_timeout(400)
        assert await place.evaluate("(box) => box.scrollLeft > 0")


@BY_WIDTH
async def test_all_actions_for_the_selection_are_visible(page: Page, window: dict[str, int]) -> None:
    await page.set_viewport_size(window)  # type: ignore[arg-type]
    await page.goto("/")
    await page.get_by_role("checkbox", name=re.compile("^Select ")).nth(1).click()
    bar = page.get_by_role("toolbar", name="Selection")
    for name in ("Select all 34", "Pause", "Resume", "Fire", "Archive", "Clear selection"):
        await expect(bar.get_by_role("button", name=name)).to_be_in_viewport(ratio=1)


@BY_WIDTH
async def test_nothing_in_a_row_overflows(page: Page, window: dict[str, int]) -> None:
    await page.set_viewport_size(window)  # type: ignore[arg-type]
    await page.goto("/?search=distil")
    await expect(rows(page)).to_have_count(3)
    for row in await rows(page).all():
        assert await row.evaluate(OVER) <= 1, await row.inner_text()


async def test_five_digit_numbers_keep_the_cards_aligned(page: Page) -> None:
    async def many(route: Route) -> None:
        answer = await route.fetch(max_retries=RETRIES)
        told = await answer.json()
        told["summary"]["byPrimitive"] = dict.fromkeys(told["summary"]["byPrimitive"], 12_500)
        await route.fulfill(response=answer, json=told)

    await page.route("**/api/live/automations?*", many)
    await page.goto("/")
    cards = summary(page)
    await expect(cards.get_by_text("12,500")).to_have_count(5)
    assert len(set(await cards.get_by_text("12,500").evaluate_all(TOPS))) == 1
    assert len(set(await cards.get_by_role("heading").evaluate_all(TOPS))) == 1


async def test_a_day_shows_every_fire_of_an_hour(page: Page) -> None:
    await page.goto("/calendar?view=day")
    await expect(page.get_by_role("button", name=re.compile(r"^\d\d:\d\d, ")).first).to_be_visible()
    await expect(page.get_by_role("button", name=re.compile(r"^\d more$"))).to_have_count(0)
