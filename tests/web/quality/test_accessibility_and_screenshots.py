"""Every page in light and dark, on desktop and phone: axe finds no violation, and a screenshot is saved.

axe takes seconds of CPU for each page, so `make test` runs it for one page of each layout, in the light theme on a
desktop. The long tests add the other pages, the phone and the dark theme.
"""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Literal, get_args

import httpx2
import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from tests.support.real_stack import ADMIN_KEY, RealStack
from tests.web.browser_errors import expected_answers, watched, wrong
from tests.web.conftest import SCREEN, opened, sign_in

PICTURES = Path(__file__).parents[1] / "screenshots"
Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = get_args(Scheme)
PHONE = {"width": 390, "height": 844}
AXE: dict[str, Any] = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
# The themes differ only in colours.
COLOURS: dict[str, Any] = {
    "resultTypes": ["violations"],
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
}
# The markup of elements that are wider than the window and not clipped.
WIDER_THAN_THE_WINDOW = """() => {
  if (document.documentElement.scrollWidth <= window.innerWidth) return []
  const outside = [...document.querySelectorAll("body *")].filter(
    (one) => one.getBoundingClientRect().right > window.innerWidth + 0.5,
  )
  return ["wider than its window", ...outside.map((one) => one.outerHTML.slice(0, 160))]
}"""
UNPIN = """() => {
  for (const one of document.querySelectorAll("body *"))
    if (getComputedStyle(one).position === "sticky") one.style.position = "static"
}"""
NARROWEST = {"width": 320, "height": 640}
# WCAG 1.4.12.
TEXT_SPACING = (
    "* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }"
    " p { margin-bottom: 2em !important }"
)
PAGES = {
    "schedule": "/",
    "schedule-week": "/?load=week&primitive=campaign,pulse",
    "nothing-found": "/?search=no+such+thing",
    "drawer": "/?open=social-scout",
    "control": "/control",
    "calendar-week": "/calendar?view=week",
    "calendar-month": "/calendar?view=month",
    "calendar-day": "/calendar?view=day&colour=health",
    "runs": "/runs",
    "errors": "/errors?span=30d",
    "runs-filtered": "/runs?status=failed&kind=agent",
    "run": "/runs/{run}",
    "primitives": "/primitives",
    "dependencies": "/dependencies",
    "pipeline": "/primitives/workflow/incident-review",
    "agent": "/primitives/agent/trend-spotter",
    "network": "/primitives/network/debate-desk",
    "campaign": "/primitives/campaign/knowledge-distiller",
    "pulse": "/primitives/pulse/content-quality",
    "new-agent": "/primitives/new?kind=agent",
    "edit-pipeline": "/primitives/workflow/incident-review/edit",
    "new-network": "/primitives/new?kind=network",
    "new-campaign": "/primitives/new?kind=campaign",
    "new-pulse": "/primitives/new?kind=pulse",
    "wizard": "/automations/new?kind=agent&primitive=trend-spotter",
    "wizard-webhook": "/automations/mention-responder/edit",
    "wizard-event": "/automations/moderation-sentinel/edit",
    "wizard-slack": "/automations/ask-the-guide/edit",
    "wizard-manual": "/automations/deep-dive/edit",
    "not-found": "/no/such",
}
USUAL = {"schedule", "drawer", "calendar-week", "run", "wizard"}
"""One page of each layout."""


@pytest.fixture(scope="session")
def campaign_run(stack: RealStack) -> str:
    """Return the id of a run with missions, tasks and children."""
    answer = httpx2.get(
        f"{stack.url}/api/runs",
        params={"kind": "campaign", "status": "completed", "limit": 1},
        headers={"Authorization": f"Bearer {ADMIN_KEY}"},
    )
    return str(answer.json()["items"][0]["id"])


@pytest.fixture(scope="module", params=[SCREEN, pytest.param(PHONE, marks=pytest.mark.long)], ids=["desk", "phone"])
async def window(browser: Browser, stack: RealStack, request: pytest.FixtureRequest) -> AsyncIterator[Page]:
    """Return a signed-in page of this size, shared by all its routes so that the code is loaded only once."""
    PICTURES.mkdir(exist_ok=True)
    async with opened(browser, stack, request.param) as context:
        await sign_in(context, stack)
        yield await context.new_page()


@pytest.mark.parametrize(
    "name", [name if name in USUAL else pytest.param(name, marks=pytest.mark.long) for name in PAGES]
)
async def test_a_page_is_accessible_and_fits_its_window(window: Page, campaign_run: str, name: str) -> None:
    await window.goto(PAGES[name].format(run=campaign_run))
    await looked_at(window, name)


@pytest.mark.long
@pytest.mark.parametrize("name", PAGES)
async def test_the_colours_of_a_page_contrast_in_the_dark(window: Page, campaign_run: str, name: str) -> None:
    await window.goto(PAGES[name].format(run=campaign_run))
    await settled(window)
    await window.emulate_media(color_scheme="dark")
    assert [told(one) for one in await violations(window, COLOURS)] == []


@pytest.mark.parametrize("size", [SCREEN, PHONE], ids=["desk", "phone"])
async def test_the_sign_in_page_is_accessible_and_fits_its_window(
    browser: Browser, stack: RealStack, size: dict[str, int]
) -> None:
    PICTURES.mkdir(exist_ok=True)
    async with opened(browser, stack, size) as context:
        expected_answers(context, 401)
        page = await context.new_page()
        await page.goto("/sign-in?token=half-of-it")
        await looked_at(page, "sign-in")


async def looked_at(page: Page, name: str) -> None:
    """Take screenshots of a page in both themes, run axe on it, and see whether it fits, also at 320 pixels."""
    await settled(page)
    size = page.viewport_size
    assert size is not None
    for scheme in reversed(SCHEMES):
        await page.emulate_media(color_scheme=scheme)
        await page.screenshot(path=PICTURES / f"{name}-{scheme}-{size['width']}.png")
    assert [told(one) for one in await violations(page, AXE)] == []
    assert await page.evaluate(WIDER_THAN_THE_WINDOW) == []
    await page.set_viewport_size(NARROWEST)  # type: ignore[arg-type]
    assert await page.evaluate(WIDER_THAN_THE_WINDOW) == [], "at 320 pixels"
    await page.add_style_tag(content=TEXT_SPACING)
    assert await page.evaluate(WIDER_THAN_THE_WINDOW) == [], "at 320 pixels with wider text"
    await page.set_viewport_size(size)
    assert wrong(watched(page)) == []


async def violations(page: Page, options: dict[str, Any]) -> list[dict[str, Any]]:
    """Return axe's violations, including target size, which is off by default.

    Sticky bars and headings are unpinned, because the reader can scroll to what they cover.
    """
    await page.evaluate(UNPIN)
    found: list[dict[str, Any]] = (await Axe().run(page, options=options)).response["violations"]
    return found


def told(violation: dict[str, Any]) -> str:
    """Format violations, each with the first element that has it."""
    first = violation["nodes"][0]
    return f"{violation['id']}, {len(violation['nodes'])} times: {first['html']} {first['failureSummary']}"


async def settled(page: Page) -> None:
    """Wait until the page has loaded its data."""
    await expect(page.get_by_role("heading").first).to_be_attached()
    await expect(page.get_by_label("Loading")).to_have_count(0)
    await page.wait_for_timeout(250)
