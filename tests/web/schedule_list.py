"""Reads the Schedule page's list as displayed, and the same automations from the API.

Actual values come only from the page, expected values only from the API.
"""

import colorsys
from decimal import Decimal
from typing import Any

from playwright.async_api import Locator, Page, expect

from tests.support.real_stack import RealStack

Json = dict[str, Any]
WORST_FIRST = ("failing", "unstable", "degrading", "healthy")
# High enough that every row of the demo is rendered.
TALL = {"width": 1440, "height": 5000}
CELLS = """() => {
    const table = document.querySelector('[role=table][aria-label=Automations]');
    const heads = [...table.querySelectorAll('[role=columnheader]')].map((one) => one.innerText.split('\\n')[0].trim());
    const rows = [...table.querySelectorAll('[data-severity]')];
    rows.sort((one, other) => one.ariaRowIndex - other.ariaRowIndex);
    return rows.map((row) => ({
        severity: row.dataset.severity,
        ...Object.fromEntries(
            [...row.querySelectorAll(':scope > [role=cell]')].map((cell, at) => [heads[at], cell.innerText]),
        ),
    }));
}"""
# A canvas parses every CSS colour.
RGBA = """(element, property) => {
    const all = getComputedStyle(element)[property];
    const written = all.match(/[a-z]+\\([^)]*\\)(?= 3px 0px 0px 0px inset)|^[a-z]+\\([^)]*\\)$/);
    if (!written) return null;
    const canvas = document.createElement('canvas').getContext('2d');
    canvas.fillStyle = written[0];
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
}"""


# The range of hues of each severity band.
HUES = {"failing": (-15, 12), "unstable": (13, 34), "degrading": (35, 60), "healthy": (90, 170)}
BLUE = (195, 250)


def rows(page: Page) -> Locator:
    return page.get_by_role("table", name="Automations").locator("[data-severity]")


def row_of(page: Page, name: str) -> Locator:
    """Return the row of the automation with exactly this name."""
    return rows(page).filter(has=page.get_by_text(name, exact=True))


async def shown(page: Page, path: str = "/") -> list[Json]:
    """Open the list and return the texts of all rows, by column name."""
    await page.set_viewport_size(TALL)  # type: ignore[arg-type]
    await page.goto(path)
    await expect(rows(page).first).to_be_visible()
    return await listed(page)


async def listed(page: Page) -> list[Json]:
    """Return the texts of the current rows, from the top."""
    found: list[Json] = await page.evaluate(CELLS)
    return found


def name_of(row: Json) -> str:
    return str(row["Name"]).split("\n")[0].strip()


async def told_by_api(stack: RealStack, **filters: str) -> Json:
    """Return the API's answer to the list's request."""
    async with stack.client() as client:
        answer = await client.get("/api/live/automations", params={"limit": 1000, **filters})
        assert answer.is_success, answer.text
        told: Json = answer.json()
        return told


async def ask(stack: RealStack, path: str, **params: Any) -> Any:
    async with stack.client() as client:
        answer = await client.get(path, params=params)
        assert answer.is_success, answer.text
        return answer.json()


def dollars(text: str) -> Decimal | None:
    """Parse an amount as the page formats it; None if it shows "unknown"."""
    return Decimal(text.strip().lstrip("$").replace(",", "")) if "$" in text else None


async def hue(element: Locator, css_property: str) -> float | None:
    """Return the hue (0 to 360) of an element's colour, of a shadow's left edge; None if there is none."""
    rgba = await element.evaluate(RGBA, css_property)
    if rgba is None or rgba[3] == 0:
        return None
    return colorsys.rgb_to_hsv(*(part / 255 for part in rgba[:3]))[0] * 360


def within(found: float | None, low: float, high: float) -> bool:
    return found is not None and (low <= found <= high or low <= found - 360 <= high)


def summary(page: Page) -> Locator:
    return page.get_by_role("region", name="Summary")
