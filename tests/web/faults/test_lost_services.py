"""The page without its database, with another deployment, or with a session that has ended."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import psycopg
import pytest
from playwright.async_api import Page, Route, expect

from runtime.processes.embedded.postgres import kept_postgres
from tests.support.eventually import assert_eventually
from tests.support.real_stack import ADMIN_KEY, RealStack
from tests.support.servers import libpq_url
from tests.web.browser_errors import expected_answers, expected_complaint, expected_silence
from tests.web.faults.test_failing_api import mark
from tests.web.schedule_list import rows

CHUNKS = re.compile(r"/assets/page-(?!states)[^/]*\.js$")


# The last text of a document before it was unloaded.
LAST_WORDS = "addEventListener('pagehide', () => sessionStorage.setItem('last', document.body.innerText))"


async def gone(route: Route) -> None:
    await route.fulfill(status=404, json={"code": "not_found", "status": 404, "detail": "there is no such file"})


async def test_a_chunk_renamed_by_a_new_deployment_reloads_the_page(page: Page) -> None:
    expected_answers(page, 404)
    expected_complaint(page, "This part of the page could not be loaded.")
    documents: list[str] = []

    async def renewed(route: Route) -> None:
        documents.append(route.request.url)
        await page.unroute(CHUNKS)
        await route.continue_()

    await page.add_init_script(LAST_WORDS)
    await page.route(CHUNKS, gone)
    await page.goto("/")
    await expect(rows(page).first).to_be_visible()
    await page.route("**/calendar", renewed)
    await page.get_by_role("link", name="Calendar").click()
    await expect(page.get_by_role("heading", name=re.compile(r"\d{4}$"))).to_be_visible()
    assert "Podium has been updated" in await page.evaluate("sessionStorage.getItem('last')")
    assert len(documents) == 1


async def test_a_missing_chunk_does_not_reload_the_page_for_ever(page: Page) -> None:
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


@asynccontextmanager
async def no_database(stack: RealStack) -> AsyncIterator[None]:
    """Make PostgreSQL end the stack's connections and refuse new ones until the block ends."""
    server = kept_postgres(stack.home / "postgres")
    assert server is not None
    end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
    with psycopg.connect(libpq_url(server.url("postgres")), autocommit=True) as connection:
        connection.execute("ALTER DATABASE podium ALLOW_CONNECTIONS false")
        try:
            connection.execute(end, ["podium"])
            yield
        finally:
            connection.execute("ALTER DATABASE podium ALLOW_CONNECTIONS true")


@pytest.mark.long
async def test_without_the_database_nothing_is_shown_as_live_and_the_error_is_explained(
    page: Page, stack: RealStack
) -> None:
    expected_answers(page, 503)
    await page.goto("/")
    await expect(mark(page)).to_have_text("Live")
    async with no_database(stack):
        await expect(mark(page)).to_contain_text(re.compile(r"^No new data since \d\d:\d\d$"), timeout=10_000)
        await expect(rows(page).first).to_be_visible()
        await page.wait_for_timeout(6000)
        await expect(mark(page)).to_contain_text("No new data since")
        await page.reload()
        await expect(page.get_by_role("heading", name="Podium cannot use its database at the moment")).to_be_visible()
        await expect(page.get_by_text("the reason is in Podium's log")).to_be_visible()
        await expect(page.get_by_text("127.0.0.1")).to_have_count(0)
        await expect(mark(page)).to_contain_text("No new data since")
    await expect(rows(page).first).to_be_visible(timeout=30_000)
    await expect(mark(page)).to_have_text("Live", timeout=20_000)


@asynccontextmanager
async def without_sessions(stack: RealStack) -> AsyncIterator[None]:
    """Run the API without the sessions that exist now until the block ends, as after the restore of a backup."""
    postgres = kept_postgres(stack.home / "postgres")
    assert postgres is not None
    with psycopg.connect(libpq_url(postgres.url("podium")), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept_sessions AS SELECT * FROM sessions")
        connection.execute("DELETE FROM sessions")
        try:
            await api_restarts(stack)
            yield
        finally:
            connection.execute("INSERT INTO sessions SELECT * FROM kept_sessions ON CONFLICT DO NOTHING")
            connection.execute("DROP TABLE kept_sessions")


async def api_restarts(stack: RealStack) -> None:
    """Kill the API process and wait until its successor answers."""
    stack.kill("cli api")
    async with stack.client() as client:

        async def answers() -> bool:
            try:
                return (await client.get("/readyz")).is_success
            except httpx2.TransportError:
                return False

        assert await assert_eventually(answers, timeout=60, interval=0.2)


async def test_an_invalid_session_asks_for_the_key_and_returns_to_the_page(page: Page, stack: RealStack) -> None:
    expected_answers(page, 401)
    expected_silence(page)
    await page.goto("/runs?status=failed")
    await expect(page.get_by_role("table", name="Runs")).to_be_visible()
    async with without_sessions(stack):
        await expect(page.get_by_role("heading", name="Sign in to Podium")).to_be_visible()
        await page.get_by_label("API key").fill(ADMIN_KEY)
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.get_by_role("table", name="Runs")).to_be_visible()
        await expect(page).to_have_url(re.compile(r"/runs\?status=failed$"))
        await expect(mark(page)).to_have_text("Live")
