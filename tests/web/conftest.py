"""A browser on the page of a real stack with demo data.

All tests of a process share one stack and one browser context, which is emptied after each: a page that starts in a
renderer that has already compiled our code costs a third of the CPU of one in a context of its own.
"""

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, Protocol

import httpx2
import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from tests.support.real_stack import ADMIN_KEY, ROOT, RealStack
from tests.web.browser_errors import watch, wrong
from tests.web.browsers import launch

ZONE = "America/New_York"
SCREEN = {"width": 1440, "height": 900}
RETRIES = 3
"""Requests of Playwright itself, not of a page: it may send one on a connection that a restarted server has closed."""
FIRST_SECONDS = 420
NO_BROWSER = "BROWSER TESTS DID NOT RUN: there is no Chromium. Install it: apt-get install chromium-headless-shell"
_missing: list[str] = []
# Playwright waits 5 s by default; tests run in parallel with others, so pages can take longer.
expect.set_options(timeout=15_000)


class Served(Protocol):
    """A server of the page: a whole stack, or the API alone."""

    @property
    def url(self) -> str:
        """The URL of the page."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give the tests here more time: the first one of a process waits for a stack and the demo's data."""
    for item in items:
        if "tests/web/" in item.nodeid and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(FIRST_SECONDS))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Report at the end which parts did not run."""
    if _missing:
        terminalreporter.section("the web page", sep="!", red=True)
        for part in dict.fromkeys(_missing):
            terminalreporter.write_line(part, red=True, bold=True)


def did_not_run(why: str) -> NoReturn:
    """Skip, and report it at the end."""
    _missing.append(why)
    pytest.skip(why)


@pytest.fixture(scope="session")
def built_page() -> Path:
    """Return the directory of the page, built if something under web/ has changed."""
    done = subprocess.run(("make", "page"), cwd=ROOT, capture_output=True, text=True, timeout=170, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return ROOT / "api" / "pages" / "built"


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        found = await launch(playwright)
        if found is None:
            did_not_run(NO_BROWSER)
        yield found
        await found.close()


@pytest.fixture(scope="session")
def stack(browser: Browser, built_page: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealStack]:
    """Return a running Podium with the demo data."""
    home = tmp_path_factory.mktemp("web") / "home"
    stack = RealStack(home)
    try:
        settings = {"PODIUM_HOME": str(home), "PODIUM_PORT": str(stack.ports["PODIUM_PORT"])}
        environment = {**os.environ, **settings, "PODIUM_ADMIN_KEY": ADMIN_KEY, "PYTHONPATH": str(ROOT)}
        subprocess.run((sys.executable, "-P", "-m", "cli", "demo"), cwd=ROOT, env=environment, check=True, timeout=120)
        yield stack
    finally:
        stack.stop()


@dataclass(frozen=True)
class Shared:
    """The browser context of a server, and the page in it that keeps the renderer alive."""

    context: BrowserContext
    keeper: Page

    async def empty(self) -> None:
        for page in self.context.pages:
            if page is not self.keeper:
                await page.close()
        await self.context.clear_cookies()
        await self.keeper.evaluate("localStorage.clear()")


@pytest.fixture(scope="session")
async def shared_contexts(browser: Browser) -> AsyncIterator[dict[str, Shared]]:
    """Return the contexts that tests share, by the URL of their server."""
    contexts: dict[str, Shared] = {}
    yield contexts
    for shared in contexts.values():
        await shared.context.close()


@pytest.fixture
async def context(browser: Browser, stack: Served, shared_contexts: dict[str, Shared]) -> AsyncIterator[BrowserContext]:
    """Return the shared browser context, signed in and otherwise empty."""
    if stack.url not in shared_contexts:
        created = await new_context(browser, stack)
        keeper = await created.new_page()
        await keeper.goto("/podium.svg")
        shared_contexts[stack.url] = Shared(created, keeper)
    shared = shared_contexts[stack.url]
    async with only_the_demo(stack), watching(shared.context, stack.url):
        await sign_in(shared.context, stack)
        yield shared.context
    await shared.empty()


@asynccontextmanager
async def only_the_demo(stack: Served) -> AsyncIterator[None]:
    """Archive at the end what a test has created: the next one counts the demo's automations."""
    if not isinstance(stack, RealStack):
        yield
        return
    async with stack.client() as client:
        before = await _slugs(client)
        yield
        for slug in await _slugs(client) - before:
            await client.post(f"/api/automations/{slug}/archive")


async def _slugs(client: httpx2.AsyncClient) -> set[str]:
    answer = await client.get("/api/live/automations", params={"limit": 1000})
    return {one["slug"] for one in answer.json()["automations"]}


@pytest.fixture
async def stranger(browser: Browser, stack: Served) -> AsyncIterator[BrowserContext]:
    """Return a browser context that is not signed in."""
    async with opened(browser, stack) as context:
        yield context


@pytest.fixture
async def page(context: BrowserContext) -> Page:
    return await context.new_page()


@pytest.fixture
async def page_of_its_own(stranger: BrowserContext, stack: Served) -> Page:
    """Return a page in a context that no other test uses, for those that change its clock or its network."""
    await sign_in(stranger, stack)
    return await stranger.new_page()


@asynccontextmanager
async def opened(browser: Browser, stack: Served, size: dict[str, int] = SCREEN) -> AsyncIterator[BrowserContext]:
    """Open a browser context of this screen size, in which unexpected errors fail the test."""
    context = await new_context(browser, stack, size)
    try:
        async with watching(context, stack.url):
            yield context
    finally:
        await context.close()


async def new_context(browser: Browser, stack: Served, size: dict[str, int] = SCREEN) -> BrowserContext:
    context = await browser.new_context(
        viewport=size,  # type: ignore[arg-type]
        timezone_id=ZONE,
        base_url=stack.url,
        reduced_motion="reduce",
    )
    context.set_default_timeout(15_000)
    return context


@asynccontextmanager
async def watching(context: BrowserContext, url: str) -> AsyncIterator[None]:
    """Fail at the end if the pages of a context had unexpected errors."""
    watched = watch(context, url)
    try:
        yield
        assert wrong(watched) == []
    finally:
        # A handler that is still at work would otherwise fail in the middle of the next test.
        for page in context.pages:
            await page.unroute_all(behavior="ignoreErrors")
        await context.unroute_all(behavior="ignoreErrors")


async def sign_in(context: BrowserContext, stack: Served) -> None:
    """Sign a browser context in as the administrator."""
    answer = await context.request.post(f"{stack.url}/api/session", data={"key": ADMIN_KEY}, max_retries=RETRIES)
    assert answer.ok, await answer.text()
