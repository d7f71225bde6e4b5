"""What the page says and does while parts of the server fail, lie or are renewed under it, and how it comes back."""

import asyncio
import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
from playwright.async_api import Locator, Page, Route, expect

from tests.support.eventually import assert_eventually
from tests.support.real_stack import ADMIN_KEY, RealStack
from tests.web.test_seed import rows
from tests.web.watching import expected_answers, expected_complaint, expected_silence

CHUNKS = re.compile(r"/assets/page-(?!states)[^/]*\.js$")
STREAM = "**/api/live/stream"
LIST = re.compile(r"/api/live/automations\?.*limit=100")
# The page's patience for an answer is half a minute or more: here it is so much shorter.
HASTE = """
    const patient = AbortSignal.timeout.bind(AbortSignal);
    AbortSignal.timeout = (ms) => patient(ms >= 30_000 ? ms / 20 : ms);
"""


def mark(page: Page) -> Locator:
    """Give the sign that tells how fresh what is shown is."""
    return page.get_by_role("banner").get_by_role("status")


async def fail(route: Route) -> None:
    await route.fulfill(status=500, content_type="text/html", body="no")


async def gone(route: Route) -> None:
    await route.fulfill(status=404, json={"code": "not_found", "status": 404, "detail": "there is no such file"})


async def never(route: Route) -> None:
    """Leave a request without an answer."""


@asynccontextmanager
async def half_open_stream() -> AsyncIterator[str]:
    """Serve streams that are opened and then say nothing: this side of a line that is broken on the other."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-cache\r\n\r\n: here\n\n")
        await reader.read()
        writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    finally:
        server.close()


async def test_a_part_that_a_new_deployment_has_renamed_makes_the_page_load_anew_by_itself(page: Page) -> None:
    expected_answers(page, 404)
    expected_complaint(page, "This part of the page could not be loaded.")
    documents: list[Route] = []

    async def document(route: Route) -> None:
        documents.append(route)

    await page.route(CHUNKS, gone)
    await page.goto("/")
    await expect(rows(page).first).to_be_visible()
    await page.evaluate("window.old = true")
    await page.route("**/calendar", document)
    await page.get_by_role("link", name="Calendar").click()
    await expect(page.get_by_text("Podium has been renewed meanwhile: load the page again.")).to_be_visible()
    await page.unroute(CHUNKS)
    await assert_eventually(lambda: the_first(documents))
    await documents[0].continue_()
    await expect(page.get_by_role("heading", name=re.compile(r"\d{4}$"))).to_be_visible()
    assert await page.evaluate("window.old") is None
    assert len(documents) == 1


async def test_a_part_that_stays_away_does_not_make_the_page_load_for_ever(page: Page) -> None:
    expected_answers(page, 404)
    expected_complaint(page, "This part of the page could not be loaded.")
    await page.route(CHUNKS, gone)
    await page.goto("/")
    await expect(rows(page).first).to_be_visible()
    async with page.expect_event("load"):
        await page.get_by_role("link", name="Calendar").click()
    await expect(page.get_by_role("heading", name="This part of the page could not be loaded.")).to_be_visible()
    await page.evaluate("window.second = true")
    await page.unroute(CHUNKS)
    await page.get_by_role("button", name="Try again").click()
    await expect(page.get_by_role("heading", name=re.compile(r"\d{4}$"))).to_be_visible()
    assert await page.evaluate("window.second")


async def test_a_stream_that_is_open_and_silent_is_not_called_live(page: Page, stack: RealStack) -> None:
    async with half_open_stream() as address, stack.client() as client:
        await page.route(STREAM, lambda route: route.continue_(url=address))
        await page.clock.install()
        await page.goto("/?search=sentiment")
        await expect(rows(page).first).to_be_visible()
        await expect(mark(page)).to_have_text("Connecting")
        await page.clock.fast_forward(5000)
        await expect(mark(page)).to_have_text("Every 5 s")
        await client.post("/api/automations/sentiment-barometer/pause")
        try:
            await page.clock.fast_forward(6000)
            await expect(rows(page).first).to_contain_text("Paused", timeout=4000)
        finally:
            await client.post("/api/automations/sentiment-barometer/resume")
        await page.unroute(STREAM)
        await page.clock.fast_forward(25_000)
        await expect(mark(page)).to_have_text("Live")
        await expect(rows(page).first).not_to_contain_text("Paused")


async def test_a_request_without_an_answer_is_given_up_told_and_made_again(page: Page) -> None:
    await page.add_init_script(HASTE)
    await page.route(LIST, never)
    await page.goto("/")
    await expect(mark(page)).to_have_text("Live")
    await expect(page.get_by_label("Loading")).to_be_visible()
    await expect(page.get_by_role("heading", name="Podium does not answer.")).to_be_visible()
    await expect(page.get_by_text("this page tries again by itself.")).to_be_visible()
    # All that is answered is there meanwhile.
    await expect(page.get_by_role("region", name="Summary")).to_contain_text(re.compile(r"Total\d+"))
    await expect(page.get_by_role("region", name="Load")).to_contain_text("22:00")
    await page.unroute(LIST)
    await expect(rows(page).first).to_be_visible()
    await expect(mark(page)).to_have_text("Live")


async def test_a_change_without_an_answer_says_that_it_may_have_been_made(page: Page) -> None:
    await page.add_init_script(HASTE)
    await page.goto("/?search=trend")
    switch = page.get_by_role("switch", name="Trend Spotter is active")
    await page.route("**/api/automations/trend-spotter/pause", never)
    await switch.click()
    await expect(page.locator("[data-toast]")).to_contain_text("Podium does not answer.")
    await expect(page.locator("[data-toast]")).to_contain_text("It may still have done what you asked for")
    await expect(switch).to_be_checked()


async def test_one_endpoint_that_fails_leaves_the_rest_usable_and_comes_back(page: Page) -> None:
    expected_answers(page, 500)
    await page.route("**/api/live/density?*", fail)
    await page.goto("/")
    await expect(page.get_by_text(re.compile(r"^Load: Podium failed at this"))).to_be_visible()
    await expect(page.get_by_role("region", name="Summary")).to_contain_text(re.compile(r"Total\d+"))
    await page.get_by_role("searchbox").fill("scout")
    await expect(rows(page)).to_have_count(1)
    await rows(page).first.get_by_role("button", name=re.compile("Social Scout")).click()
    await expect(page.get_by_role("dialog", name="Social Scout")).to_contain_text("Runs Social Scout")
    await page.unroute("**/api/live/density?*")
    await expect(page.get_by_role("region", name="Load", include_hidden=True)).to_be_visible()


async def test_an_automation_that_cannot_be_read_leaves_the_list_usable(page: Page) -> None:
    expected_answers(page, 500)
    await page.route("**/api/automations/social-scout", fail)
    await page.goto("/")
    await rows(page).first.get_by_role("button", name=re.compile("Social Scout")).click()
    drawer = page.get_by_role("dialog")
    await expect(drawer.get_by_role("heading", name=re.compile("Podium failed at this"))).to_be_visible()
    await expect(drawer.get_by_role("button", name="Try again")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(drawer).to_have_count(0)
    await page.get_by_role("group", name="Severity").get_by_role("button", name="Failing").click()
    await expect(rows(page).filter(has_text="Hype Detector")).to_be_visible()
    await page.unroute("**/api/automations/social-scout")
    await rows(page).first.get_by_role("button", name=re.compile("Social Scout")).click()
    await expect(page.get_by_role("dialog", name="Social Scout")).to_be_visible()


async def test_a_summary_that_fails_at_first_is_asked_for_again(page: Page) -> None:
    expected_answers(page, 500)
    once = re.compile(r"/api/live/automations\?.*limit=1(&|$)")
    await page.route(once, fail)
    await page.goto("/")
    await expect(rows(page).first).to_be_visible()
    await page.unroute(once)
    await expect(page.get_by_role("region", name="Summary")).to_contain_text(re.compile(r"Total\d+"))


async def test_an_offline_browser_says_so_keeps_what_it_has_and_comes_back(page: Page) -> None:
    expected_silence(page)
    await page.goto("/")
    await expect(mark(page)).to_have_text("Live")
    await page.wait_for_timeout(3000)
    await page.context.set_offline(True)
    await page.get_by_role("searchbox").fill("scout")
    await expect(rows(page).first).to_contain_text("Social Scout")
    await expect(mark(page)).to_contain_text(re.compile(r"^No answer since \d\d:\d\d$"), timeout=30_000)
    await page.get_by_role("link", name="Runs").click()
    await expect(page.get_by_role("heading", name="Podium does not answer.")).to_be_visible()
    await expect(page.get_by_text("Check that it is running and that you are online")).to_be_visible()
    await page.context.set_offline(False)
    await expect(page.get_by_role("table", name="Runs")).to_be_visible()
    await expect(mark(page)).to_have_text("Live")


@asynccontextmanager
async def other_key(stack: RealStack) -> AsyncIterator[None]:
    """Run the API with another secret key than the one that sessions were sealed with, and then with its own again."""
    kept = stack.home / "secret-key"
    own = kept.read_text()
    kept.write_text(secrets.token_urlsafe(32))
    try:
        await api_restarts(stack)
        yield
    finally:
        kept.write_text(own)
        await api_restarts(stack)


async def api_restarts(stack: RealStack) -> None:
    """Kill the process that serves the page, and wait until its successor answers."""
    stack.kill("cli api")
    async with stack.client() as client:

        async def answers() -> bool:
            try:
                return (await client.get("/readyz")).is_success
            except httpx2.TransportError:
                return False

        assert await assert_eventually(answers, timeout=60, interval=0.2)


async def test_an_api_that_no_longer_knows_the_session_asks_for_the_key_and_leads_back(
    page: Page, stack: RealStack
) -> None:
    expected_answers(page, 401)
    expected_silence(page)
    await page.goto("/runs?status=failed")
    await expect(page.get_by_role("table", name="Runs")).to_be_visible()
    async with other_key(stack):
        await expect(page.get_by_role("heading", name="Sign in to Podium")).to_be_visible()
        await page.get_by_label("API key").fill(ADMIN_KEY)
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.get_by_role("table", name="Runs")).to_be_visible()
        await expect(page).to_have_url(re.compile(r"/runs\?status=failed$"))
        await expect(mark(page)).to_have_text("Live")


async def the_first(routes: list[Route]) -> bool:
    assert routes
    return True
