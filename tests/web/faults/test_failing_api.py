"""The page while parts of the server fail, hang or are replaced, and its recovery."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import pytest
from playwright.async_api import Error, Locator, Page, Route, expect

from tests.support.real_stack import RealStack
from tests.web.browser_errors import expected_answers, expected_silence
from tests.web.schedule_list import rows

STREAM = "**/api/live/stream"
LIST = re.compile(r"/api/live/automations\?.*limit=100")
# The page waits 30 s or more for an answer; shortened here.
HASTE = """
    const patient = AbortSignal.timeout.bind(AbortSignal);
    AbortSignal.timeout = (ms) => patient(ms >= 30_000 ? 1500 : ms);
"""


def mark(page: Page) -> Locator:
    """Return the indicator of how fresh the data is."""
    return page.get_by_role("banner").get_by_role("status")


async def fail(route: Route) -> None:
    await route.fulfill(status=500, content_type="text/html", body="no")


@asynccontextmanager
async def unanswered(page: Page, asked: str | re.Pattern[str]) -> AsyncIterator[None]:
    """Leave these requests without an answer."""
    held: list[Route] = []

    async def hold(route: Route) -> None:
        held.append(route)

    await page.route(asked, hold)
    yield
    await page.unroute(asked)
    for route in held:
        # The page has aborted the request meanwhile.
        with suppress(Error):
            await route.abort()


@dataclass
class Line:
    """A server of event streams, and the open ones."""

    url: str
    streams: list[asyncio.StreamWriter] = field(default_factory=list)

    def hang_up(self) -> None:
        for stream in self.streams:
            stream.close()


@asynccontextmanager
async def silent_line(first: bytes) -> AsyncIterator[Line]:
    """Serve streams that send `first` and then nothing, like a connection that is broken on the other side."""
    line = Line("")

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line.streams.append(writer)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n" + first)
        await reader.read()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    line.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    try:
        yield line
    finally:
        line.hang_up()
        server.close()


async def test_a_silent_stream_is_not_shown_as_live(page: Page, stack: RealStack) -> None:
    async with silent_line(b": opened\n\n") as line, stack.client() as client:
        await page.route(STREAM, lambda route: route.continue_(url=line.url))
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


async def test_a_request_without_an_answer_times_out_and_is_retried(page: Page) -> None:
    await page.add_init_script(HASTE)
    async with unanswered(page, LIST):
        await page.goto("/")
        await expect(mark(page)).to_have_text("Live")
        await expect(page.get_by_label("Loading")).to_be_visible()
        await expect(page.get_by_role("heading", name="Podium is not responding.")).to_be_visible()
        await expect(page.get_by_text("this page retries automatically.")).to_be_visible()
        # The other parts of the page are loaded.
        await expect(page.get_by_role("region", name="Summary")).to_contain_text(re.compile(r"Total\d+"))
        await expect(page.get_by_role("region", name="Load")).to_contain_text("22:00")
    await expect(rows(page).first).to_be_visible()
    await expect(mark(page)).to_have_text("Live")


async def test_a_change_without_an_answer_may_have_been_made(page: Page) -> None:
    await page.add_init_script(HASTE)
    await page.goto("/?search=trend")
    switch = page.get_by_role("switch", name="Trend Spotter is active")
    async with unanswered(page, "**/api/automations/trend-spotter/pause"):
        await switch.click()
        await expect(page.locator("[data-toast]")).to_contain_text("Podium is not responding.")
        await expect(page.locator("[data-toast]")).to_contain_text("The change may still have been made")
    await expect(switch).to_be_checked()


async def test_one_failing_endpoint_leaves_the_rest_usable_and_recovers(page: Page) -> None:
    expected_answers(page, 500)
    await page.route("**/api/live/density?*", fail)
    await page.goto("/")
    await expect(
        page.get_by_text(re.compile(r"^Could not load the next hours: Podium returned an error without details"))
    ).to_be_visible()
    await expect(page.get_by_role("region", name="Summary")).to_contain_text(re.compile(r"Total\d+"))
    await page.get_by_role("searchbox").fill("social scout")
    await expect(rows(page).filter(has_text="Fact Checker")).to_have_count(0)
    await rows(page).first.get_by_role("button", name=re.compile("Social Scout")).click()
    await expect(page.get_by_role("dialog", name="Social Scout")).to_contain_text("Runs Social Scout")
    await page.unroute("**/api/live/density?*")
    await expect(page.get_by_role("region", name="Load", include_hidden=True)).to_be_visible()


async def test_an_automation_that_fails_to_load_leaves_the_list_usable(page: Page) -> None:
    expected_answers(page, 500)
    await page.route("**/api/automations/social-scout", fail)
    await page.goto("/")
    await rows(page).first.get_by_role("button", name=re.compile("Social Scout")).click()
    drawer = page.get_by_role("dialog")
    await expect(
        drawer.get_by_role("heading", name=re.compile("Podium returned an error without details"))
    ).to_be_visible()
    await expect(drawer.get_by_role("button", name="Try again")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(drawer).to_have_count(0)
    await page.get_by_role("group", name="Severity").get_by_role("button", name="Failing").click()
    await expect(rows(page).filter(has_text="Hype Detector")).to_be_visible()
    await page.unroute("**/api/automations/social-scout")
    await rows(page).first.get_by_role("button", name=re.compile("Social Scout")).click()
    await expect(page.get_by_role("dialog", name="Social Scout")).to_be_visible()


async def test_a_failed_summary_is_requested_again(page: Page) -> None:
    expected_answers(page, 500)
    once = re.compile(r"/api/live/automations\?.*limit=1(&|$)")
    await page.route(once, fail)
    await page.goto("/")
    await expect(rows(page).first).to_be_visible()
    await page.unroute(once)
    await expect(page.get_by_role("region", name="Summary")).to_contain_text(re.compile(r"Total\d+"))


@pytest.mark.long
async def test_an_offline_browser_keeps_its_data_and_recovers(page: Page) -> None:
    expected_silence(page)
    # set_offline keeps open connections alive; a real outage does not.
    async with silent_line(b"event: ready\ndata: {}\n\n") as line:
        await page.route(STREAM, lambda route: route.continue_(url=line.url))
        await page.goto("/")
        await expect(mark(page)).to_have_text("Live")
        # By then the code of the other pages is preloaded.
        await page.wait_for_timeout(3000)
        await page.context.set_offline(True)
        line.hang_up()
        await expect(mark(page)).to_contain_text(re.compile(r"^Offline since \d\d:\d\d$"), timeout=20_000)
        await page.get_by_role("searchbox").fill("scout")
        await expect(rows(page).first).to_contain_text("Social Scout")
        await page.get_by_role("link", name="Runs").click()
        await expect(page.get_by_role("heading", name="Podium is not responding.")).to_be_visible()
        await expect(page.get_by_text("Check that Podium is running and that you are online")).to_be_visible()
        await page.unroute(STREAM)
    await page.context.set_offline(False)
    await expect(page.get_by_role("table", name="Runs")).to_be_visible()
    await expect(mark(page)).to_have_text("Live")
