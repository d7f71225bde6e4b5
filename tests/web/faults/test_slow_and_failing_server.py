"""The page while the server is slow, silent, failing or down, and the titles of pages."""

import os
import re
import signal

import pytest
from playwright.async_api import Page, Route, expect

from tests.support.real_stack import RealStack, command_line
from tests.web.browser_errors import expected_answers, expected_complaint, expected_silence
from tests.web.schedule_list import rows

AGENT = {"kind": "agent", "slug": "newcomer", "name": "Newcomer", "spec": {"runner": {"type": "simulated"}}}


@pytest.fixture
async def failing(page: Page) -> Page:
    """Return a page whose server answers every API request with an error without details."""

    async def fail(route: Route) -> None:
        await route.fulfill(status=500, content_type="text/html", body="no")

    await page.route("**/api/**", fail)
    return page


async def refuse(route: Route) -> None:
    await route.abort("connectionrefused")


def api_pid(stack: RealStack) -> int:
    return next(pid for pid in stack.pids() if "cli api" in command_line(pid))


async def test_a_stopped_server_is_not_shown_as_live(page: Page, stack: RealStack) -> None:
    await page.clock.install()
    await page.goto("/")
    mark = page.get_by_role("banner").get_by_role("status")
    await expect(mark).to_have_text("Live")
    pid = api_pid(stack)
    os.kill(pid, signal.SIGSTOP)
    try:
        # A live stream may be silent for this long.
        await page.clock.fast_forward(26_000)
        await expect(mark).to_contain_text(re.compile(r"^Offline since \d\d:\d\d$"), timeout=20_000)
    finally:
        os.kill(pid, signal.SIGCONT)
    await expect(mark).to_have_text("Live", timeout=30_000)


@pytest.mark.long
async def test_every_page_opens_without_the_server_and_recovers(page: Page) -> None:
    expected_silence(page)
    await page.goto("/")
    await expect(rows(page).first).to_be_visible()
    await page.wait_for_timeout(3500)
    await page.route("**/*", refuse)
    for name in ("Calendar", "Runs", "Primitives"):
        await page.get_by_role("navigation", name="Pages").get_by_role("link", name=name).click()
        await expect(page.get_by_role("heading", name="Podium is not responding.")).to_be_visible(timeout=15_000)
    await page.unroute("**/*")
    await expect(page.get_by_role("link", name="Fact Checker")).to_be_visible(timeout=20_000)


async def test_a_page_whose_code_fails_to_load_keeps_the_layout_and_retries(page: Page) -> None:
    expected_silence(page)
    expected_complaint(page, "This part of the page could not be loaded.")
    pages = re.compile(r"/assets/page-(?!states)[^/]*\.js$")
    await page.route(pages, refuse)
    await page.goto("/")
    await expect(rows(page).first).to_be_visible()
    await page.route("**/healthz", refuse)
    await page.evaluate("window.sameDocument = true")
    await page.get_by_role("link", name="Calendar").click()
    await expect(page.get_by_role("heading", name="This part of the page could not be loaded.")).to_be_visible()
    await expect(page.get_by_role("link", name="Schedule", exact=True)).to_be_visible()
    await page.unroute(pages)
    await page.unroute("**/healthz")
    again = page.get_by_role("button", name="Try again")
    if await again.is_visible():
        await again.click()
    await expect(page.get_by_role("heading", name=re.compile(r"\d{4}$"))).to_be_visible()
    assert await page.evaluate("window.sameDocument")


async def test_failed_requests_are_retried_and_the_layout_stays(failing: Page) -> None:
    expected_answers(failing, 500)
    await failing.goto("/")
    await expect(
        failing.get_by_role("heading", name=re.compile("Podium returned an error without details"))
    ).to_be_visible(timeout=15_000)
    await expect(failing.get_by_text("log. This page retries automatically.")).to_be_visible()
    await expect(failing.get_by_role("link", name="Calendar")).to_be_visible()
    await failing.unroute("**/api/**")
    await expect(rows(failing).first).to_be_visible(timeout=20_000)


async def test_the_list_of_primitives_shows_changes_of_others(page: Page, stack: RealStack) -> None:
    await page.goto("/primitives?search=newcomer")
    await expect(page.get_by_text("No primitives match these filters")).to_be_visible()
    async with stack.client() as client:
        answer = await client.post("/api/primitives", json=AGENT)
        assert answer.is_success, answer.text
        await expect(page.get_by_role("link", name="Newcomer")).to_be_visible(timeout=15_000)
        assert (await client.delete("/api/primitives/newcomer", params={"kind": "agent"})).is_success


async def test_a_slow_answer_shows_a_progress_indicator(page: Page) -> None:
    await page.goto("/")
    await expect(rows(page).first).to_be_visible()
    held: list[Route] = []

    async def hold(route: Route) -> None:
        held.append(route)

    await page.route("**/api/live/automations?*search=scout*", hold)
    await page.get_by_role("searchbox").first.fill("scout")
    await expect(page.locator("main[aria-busy=true]")).to_be_visible()
    await expect(page.locator("[data-slow]")).to_be_visible()
    for route in held:
        await route.continue_()
    await page.unroute("**/api/live/automations?*search=scout*")
    await expect(page.locator("[data-slow]")).to_have_count(0)


async def test_an_unknown_run_or_automation_is_explained(page: Page) -> None:
    expected_answers(page, 404, 422)
    await page.goto("/runs/xyz")
    await expect(page.get_by_role("heading", name="Run not found")).to_be_visible()
    await page.get_by_role("link", name="Show all runs").click()
    await expect(page.get_by_role("table", name="Runs")).to_be_visible()
    await page.goto("/?open=nope")
    drawer = page.get_by_role("dialog")
    await expect(drawer.get_by_role("heading", name="Automation not found")).to_be_visible()
    await expect(drawer.get_by_role("button", name="Try again")).to_have_count(0)
    await drawer.get_by_role("button", name="Close").last.click()
    await expect(drawer).to_have_count(0)


@pytest.mark.long
async def test_closing_a_drawer_returns_the_focus_to_its_opener(page: Page) -> None:
    await page.goto("/")
    opener = page.get_by_role("button", name=re.compile("Social Scout")).first
    await opener.click()
    await expect(page.get_by_role("dialog", name="Social Scout")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(opener).to_be_focused()
    await page.goto("/?open=social-scout")
    await page.get_by_role("dialog", name="Social Scout").get_by_role("button", name="Close").click()
    await expect(page.locator("main")).to_be_focused()


@pytest.mark.long
async def test_every_page_has_its_own_title(page: Page) -> None:
    for path, title in {
        "/": "Schedule",
        "/calendar": "Calendar",
        "/?open=social-scout": "Social Scout",
        "/automations/new": "New automation",
        "/automations/social-scout/edit": "Edit Social Scout",
        "/primitives/agent/fact-checker": "Fact Checker",
    }.items():
        await page.goto(path)
        await expect(page).to_have_title(f"{title} · Podium")
    await page.goto("/runs")
    await page.get_by_role("table", name="Runs").get_by_role("link").first.click()
    await expect(page).to_have_title(re.compile(r"^Run of .+ · Podium$"))


@pytest.mark.long
async def test_at_most_three_messages_are_shown_and_escape_dismisses_them(page: Page) -> None:
    expected_silence(page)
    await page.goto("/")
    await expect(rows(page).first).to_be_visible()
    await page.route("**/api/automations/*/*", refuse)
    messages = page.locator("[data-toast]")
    for number in range(4):
        await page.get_by_role("switch").nth(number).click()
        # What depends on it cannot be read, so it is always asked.
        await page.get_by_role("dialog").get_by_role("button", name="Pause").click()
        await expect(messages).to_have_count(min(number + 1, 3))
    box = await messages.first.bounding_box()
    assert box is not None
    assert box["x"] + box["width"] < 1440 / 2
    await messages.first.get_by_role("button", name="Dismiss").focus()
    await page.keyboard.press("Escape")
    await expect(messages).to_have_count(2)
