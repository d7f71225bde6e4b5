"""Performance budget: a warm server paints the Schedule page with its list within a second."""

import pytest
from playwright.async_api import Page

from tests.web.frame_timing import FIRST_ROW, PAINTED, WATCH
from tests.web.schedule_list import rows

LOADS = 3
BUDGET_MS = 1000


@pytest.mark.long
async def test_the_list_is_painted_within_a_second(page: Page) -> None:
    await page.add_init_script(WATCH)
    await page.goto("/")
    await rows(page).first.wait_for()
    taken: list[tuple[float, float]] = []
    for _ in range(LOADS):
        await page.reload()
        await rows(page).first.wait_for()
        taken.append((await page.evaluate(PAINTED), await page.evaluate(FIRST_ROW)))
    best = min(taken, key=max)
    assert max(best) < BUDGET_MS, taken
    assert min(best) > 0, taken
