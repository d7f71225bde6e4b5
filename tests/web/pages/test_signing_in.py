"""Signing in: the one-time link that `make dev` prints, a used link, and returning to the requested page."""

import os
import re
import subprocess
import sys

from playwright.async_api import BrowserContext, expect

from tests.support.real_stack import ADMIN_KEY, ROOT, RealStack
from tests.web.browser_errors import expected_answers


def printed_link(stack: RealStack) -> str:
    """Return the link that the stack printed at its start."""
    found = re.search(r"Sign in\s+(http://\S+/sign-in\?token=\S+)", stack.log.read_text())
    assert found, stack.log.read_text()[-3000:]
    return found[1]


def fresh_link(stack: RealStack) -> str:
    """Return the link that `podium sign-in` prints."""
    settings = {"PODIUM_HOME": str(stack.home), "PODIUM_PORT": str(stack.ports["PODIUM_PORT"])}
    done = subprocess.run(
        (sys.executable, "-P", "-m", "cli", "sign-in"),
        cwd=ROOT,
        env={**os.environ, **settings, "PYTHONPATH": str(ROOT)},
        check=True,
        capture_output=True,
        text=True,
        timeout=30,
    )
    return done.stdout.strip()


async def test_the_link_of_make_dev_signs_in_once(stranger: BrowserContext, stack: RealStack) -> None:
    expected_answers(stranger, 401)
    page = await stranger.new_page()
    link = printed_link(stack)
    await page.goto(link)
    await expect(page.get_by_role("table", name="Automations")).to_be_visible()
    await page.goto(link)
    await expect(page.get_by_role("table", name="Automations")).to_be_visible()
    await expect(page).to_have_url(stack.url + "/")

    await stranger.clear_cookies()
    await page.goto(link)
    await expect(page.get_by_role("heading", name="Sign in to Podium")).to_be_visible()
    await expect(page.get_by_role("alert")).to_contain_text("This sign-in link has already been used")
    await page.get_by_label("API key").fill(ADMIN_KEY)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("table", name="Automations")).to_be_visible()
    await expect(page).to_have_url(stack.url + "/")


async def test_an_invalid_sign_in_link_is_explained(stranger: BrowserContext) -> None:
    expected_answers(stranger, 401)
    page = await stranger.new_page()
    await page.goto("/sign-in?token=half-of-it")
    await expect(page.get_by_role("alert")).to_contain_text("This sign-in link is not valid")


async def test_signing_in_by_link_returns_to_the_requested_page(stranger: BrowserContext, stack: RealStack) -> None:
    expected_answers(stranger, 401)
    page = await stranger.new_page()
    await page.goto("/runs?status=failed")
    await expect(page.get_by_role("heading", name="Sign in to Podium")).to_be_visible()
    other = await stranger.new_page()
    await other.goto(fresh_link(stack))
    await expect(other.get_by_role("heading", name="Runs")).to_be_visible()
    await expect(other).to_have_url(re.compile(r"/runs\?status=failed$"))
    await other.goto("/")
    await expect(other.get_by_role("table", name="Automations")).to_be_visible()


async def test_signing_in_with_a_key_focuses_the_content(stranger: BrowserContext) -> None:
    expected_answers(stranger, 401)
    page = await stranger.new_page()
    for by_button in (False, True):
        await stranger.clear_cookies()
        await page.goto("/")
        await page.get_by_label("API key").fill(ADMIN_KEY)
        if by_button:
            await page.get_by_role("button", name="Sign in").click()
        else:
            await page.keyboard.press("Enter")
        await expect(page.get_by_role("table", name="Automations")).to_be_visible()
        main = page.get_by_role("main")
        await expect(main).to_be_focused()
        await expect(main).to_have_css("outline-style", "none")
        await expect(page.get_by_role("link", name="Skip to content")).not_to_be_in_viewport()
