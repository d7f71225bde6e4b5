"""Each kind of browser error fails the test that had the page open."""

import re

from playwright.async_api import Browser, Page, Route

from tests.support.real_stack import RealStack
from tests.web.browser_errors import Watch, expected_answers, expected_silence, watch, wrong

ELSEWHERE = "http://127.0.0.2:9/"


async def told(browser: Browser, stack: RealStack, script: str, *expected: int) -> list[str]:
    """Return the errors found on a signed-out page that runs this script."""
    context = await browser.new_context(base_url=stack.url)
    try:
        watching: Watch = watch(context, stack.url)
        page = await context.new_page()
        await page.goto("/sign-in?token=half-of-it")
        expected_answers(page, 401, *expected)
        await page.evaluate(script)
        await page.wait_for_timeout(200)
        return wrong(watching)
    finally:
        await context.close()


async def test_an_error_status_fails_the_test_unless_expected(browser: Browser, stack: RealStack) -> None:
    asks = "fetch('/api/nothing').then(() => undefined)"
    assert await told(browser, stack, asks) == ["404 to GET /api/nothing"]
    assert await told(browser, stack, asks, 404) == []


async def test_an_expected_error_that_does_not_happen_fails_the_test(browser: Browser, stack: RealStack) -> None:
    assert await told(browser, stack, "undefined", 418) == ["418 was expected and did not come"]


async def test_console_errors_and_uncaught_errors_fail_the_test(browser: Browser, stack: RealStack) -> None:
    said = await told(browser, stack, "console.error('oh no'); setTimeout(() => { throw new Error('thrown') })")
    assert [one.split(" (")[0].splitlines()[0] for one in said] == ["oh no", "not caught: thrown"]


async def test_requests_to_other_hosts_fail_the_test_and_are_blocked(browser: Browser, stack: RealStack) -> None:
    said = await told(browser, stack, f"fetch('{ELSEWHERE}').catch(() => undefined)")
    assert any(re.search("Content Security Policy", one) for one in said), said
    said = await told(browser, stack, f"window.open('{ELSEWHERE}')")
    assert f"asked somebody else: {ELSEWHERE}" in said


async def test_an_unanswered_request_fails_the_test_unless_expected(page: Page) -> None:
    async def refuse(route: Route) -> None:
        await route.abort("connectionrefused")

    expected_silence(page)
    await page.route("**/nowhere", refuse)
    await page.goto("/")
    await page.evaluate("fetch('/nowhere').catch(() => undefined)")
