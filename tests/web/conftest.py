"""A browser on the page of a real stack with demo data.

All tests share one stack; each has its own browser context.
"""

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NoReturn, Protocol

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from tests.support.real_stack import ADMIN_KEY, ROOT, RealStack
from tests.web.browser_errors import watch, wrong
from tests.web.browsers import launch

ZONE = "America/New_York"
SCREEN = {"width": 1440, "height": 900}
NO_BROWSER = "BROWSER TESTS DID NOT RUN: there is no Chromium. Install it: apt-get install chromium"
_missing: list[str] = []
# Every process has other work beside it.
expect.set_options(timeout=15_000)


class Served(Protocol):
    """A server of the page: a whole stack, or the API alone."""

    @property
    def url(self) -> str:
        """The URL of the page."""


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


@pytest.fixture
async def context(browser: Browser, stack: Served) -> AsyncIterator[BrowserContext]:
    """Return a signed-in browser context."""
    async with opened(browser, stack) as context:
        await sign_in(context, stack)
        yield context


@pytest.fixture
async def stranger(browser: Browser, stack: Served) -> AsyncIterator[BrowserContext]:
    """Return a browser context that is not signed in."""
    async with opened(browser, stack) as context:
        yield context


@pytest.fixture
async def page(context: BrowserContext) -> Page:
    return await context.new_page()


@asynccontextmanager
async def opened(browser: Browser, stack: Served, size: dict[str, int] = SCREEN) -> AsyncIterator[BrowserContext]:
    """Open a browser context of this screen size, in which unexpected errors fail the test."""
    context = await browser.new_context(
        viewport=size,  # type: ignore[arg-type]
        timezone_id=ZONE,
        base_url=stack.url,
        reduced_motion="reduce",
    )
    context.set_default_timeout(15_000)
    watching = watch(context, stack.url)
    try:
        yield context
        assert wrong(watching) == []
    finally:
        # A handler that is still at work would otherwise fail in the middle of the next test.
        for page in context.pages:
            await page.unroute_all(behavior="ignoreErrors")
        await context.unroute_all(behavior="ignoreErrors")
        await context.close()


async def sign_in(context: BrowserContext, stack: Served) -> None:
    """Sign a browser context in as the administrator."""
    answer = await context.request.post(f"{stack.url}/api/session", data={"key": ADMIN_KEY})
    assert answer.ok, await answer.text()
