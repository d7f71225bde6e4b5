"""Every page in light and dark, at a desk and on a phone: axe finds nothing, and a picture is written to look at."""

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
# In the other theme all but the colours is the same.
COLOURS: dict[str, Any] = {
    "resultTypes": ["violations"],
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
}
# The elements that stick out and that nothing clips, by their markup; an empty list where the page fits its window.
WIDER_THAN_THE_WINDOW = """() => {
  if (document.documentElement.scrollWidth <= window.innerWidth) return []
  const outside = [...document.querySelectorAll("body *")].filter(
    (one) => one.getBoundingClientRect().right > window.innerWidth + 0.5,
  )
  return ["wider than its window", ...outside.map((one) => one.outerHTML.slice(0, 160))]
}"""
PAGES = {
    "schedule": "/",
    "schedule-week": "/?load=week&primitive=campaign,pulse",
    "nothing-found": "/?search=no+such+thing",
    "drawer": "/?open=social-scout",
    "calendar-week": "/calendar",
    "calendar-month": "/calendar?view=month",
    "calendar-day": "/calendar?view=day&colour=health",
    "runs": "/runs",
    "runs-filtered": "/runs?status=failed&kind=agent",
    "run": "/runs/{run}",
    "primitives": "/primitives",
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
}


@pytest.fixture(scope="session")
def campaign_run(stack: RealStack) -> str:
    """Return the id of a run with missions, tasks and children."""
    answer = httpx2.get(
        f"{stack.url}/api/runs",
        params={"kind": "campaign", "status": "completed", "limit": 1},
        headers={"Authorization": f"Bearer {ADMIN_KEY}"},
    )
    return str(answer.json()["items"][0]["id"])


@pytest.fixture(scope="module", params=[SCREEN, PHONE], ids=["desk", "phone"])
async def window(browser: Browser, stack: RealStack, request: pytest.FixtureRequest) -> AsyncIterator[Page]:
    """Return a signed-in window of this size, one for all of its pages: its code is loaded only once."""
    PICTURES.mkdir(exist_ok=True)
    async with opened(browser, stack, request.param) as context:
        await sign_in(context, stack)
        yield await context.new_page()


@pytest.mark.parametrize("name", PAGES)
async def test_a_page_is_accessible_and_fits_its_window(window: Page, campaign_run: str, name: str) -> None:
    await window.goto(PAGES[name].format(run=campaign_run))
    await looked_at(window, name)


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
    """Take the pictures of a page in both themes, and let axe look at it; nobody else is asked, see `opened`."""
    await settled(page)
    assert page.viewport_size is not None
    found: list[str] = []
    for scheme in SCHEMES:
        await page.emulate_media(color_scheme=scheme)
        await page.screenshot(path=PICTURES / f"{name}-{scheme}-{page.viewport_size['width']}.png")
    for scheme, options in zip(SCHEMES, (AXE, COLOURS), strict=True):
        await page.emulate_media(color_scheme=scheme)
        found += [f"{name}, {scheme}: {told(violation)}" for violation in await violations(page, options)]
    assert not found, "\n".join(found)
    assert await page.evaluate(WIDER_THAN_THE_WINDOW) == []
    assert wrong(watched(page)) == []


async def violations(page: Page, options: dict[str, Any]) -> list[dict[str, Any]]:
    """Give what axe finds, the size of targets included, which it asks for only on demand.

    What the bar of a form covers, one scrolls to.
    """
    await page.evaluate("document.querySelector('[data-bottom-bar]')?.style.setProperty('position', 'static')")
    found: list[dict[str, Any]] = (await Axe().run(page, options=options)).response["violations"]
    return found


def told(violation: dict[str, Any]) -> str:
    """Say what axe has found, with the first place where it is so."""
    first = violation["nodes"][0]
    return f"{violation['id']}, {len(violation['nodes'])} times: {first['html']} {first['failureSummary']}"


async def settled(page: Page) -> None:
    """Wait until what the page shows is there."""
    await expect(page.get_by_role("heading").first).to_be_attached()
    await expect(page.get_by_label("Loading")).to_have_count(0)
    await page.wait_for_timeout(250)
