"""The example calls that the page shows: each is run as displayed, is accepted, and creates a run."""

import asyncio
import json
import os
import shlex
import shutil
import subprocess
import sys
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.support.real_stack import ADMIN_KEY, ROOT, RealStack
from tests.web.conftest import did_not_run

NEW = "/automations/new?kind=agent&primitive=trend-spotter"
NEEDED = ("bash", "curl", "openssl", "od", "base64")
VERIFIED = ("standard", "github", "slack", "header")
# Contains characters that a shell interprets, and is neither whsec_ nor base64.
AWKWARD = """it's $HOME "of" `ours` \\ -hmac"""
SECRETS = {"padded": "whsec_c2VjcmV0IG9mIG91ciBvd24=", "bare": "whsec_c2VjcmV0IG9mIG91ciBvd24", "awkward": AWKWARD}


@pytest.fixture(autouse=True, scope="module")
def tools() -> None:
    """Skip, and report it, if the programs used in the calls are not installed."""
    missing = [tool for tool in NEEDED if shutil.which(tool) is None]
    if missing:
        did_not_run(f"THE CALLS THAT THE PAGE SHOWS WERE NOT RUN: install {', '.join(missing)}")


async def run(stack: RealStack, text: str) -> str:
    """Run an example in a shell with the reader's tools; return its output."""
    settings = {"PODIUM_HOME": str(stack.home), "PODIUM_PORT": str(stack.ports["PODIUM_PORT"])}
    done = await asyncio.to_thread(
        subprocess.run,
        ("bash", "-euc", PODIUM + text),
        env={**os.environ, **settings, "PODIUM_API_KEY": ADMIN_KEY, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, f"{text}\n{done.stdout}{done.stderr}"
    return done.stdout


# A `podium` command, even if none is installed.
PODIUM = f'podium() {{ {shlex.quote(sys.executable)} -P -m cli "$@"; }}\n'


async def new_webhook(page: Page, name: str, verification: str) -> None:
    """Fill in the wizard for a webhook with this verification."""
    await page.goto(NEW)
    await page.get_by_role("radio", name="Webhook").click()
    await page.get_by_label("Name").fill(name)
    await page.get_by_label("Path").fill(name.lower().replace(" ", "-"))
    await page.get_by_label("Verification").select_option(verification)
    if verification == "header":
        await page.get_by_label("Header", exact=True).fill("X-Of-Our-Own")


async def call_in_help(page: Page) -> str:
    """Return the call that the wizard shows before there is a secret."""
    await page.get_by_text("How to call it").click()
    return await page.locator("details code").last.inner_text()


async def has_run(stack: RealStack, answer: str, slug: str) -> Any:
    """Check that the delivery was accepted and created one run of this automation; return the run."""
    (made,) = json.loads(answer)["runs"]
    async with stack.client() as client:
        found = await client.get(f"/api/runs/{made['runId'] if isinstance(made, dict) else made}")
        # Other tests count automations, so clean up.
        await client.post(f"/api/automations/{slug}/archive")
    assert found.status_code == 200, found.text
    assert found.json()["automation"]["slug"] == slug
    return found.json()


@pytest.mark.parametrize("verification", VERIFIED)
async def test_the_example_call_with_a_generated_secret_creates_a_run(
    page: Page, stack: RealStack, verification: str
) -> None:
    name = f"Called By {verification.title()}"
    await new_webhook(page, name, verification)
    await page.get_by_role("button", name="Create").click()
    told = page.get_by_role("dialog", name=f"{name} is saved")
    await expect(told).to_be_visible()
    call = await told.locator("code").nth(2).inner_text()
    run_of = await has_run(stack, await run(stack, call), f"called-by-{verification}")
    assert run_of["input"] == {"hello": "world"}


@pytest.mark.parametrize(
    ("verification", "form"),
    [*(("standard", form) for form in SECRETS), ("github", "awkward"), ("slack", "awkward"), ("header", "awkward")],
)
async def test_the_example_call_in_the_wizard_works_with_a_chosen_secret(
    page: Page, stack: RealStack, verification: str, form: str
) -> None:
    name, secret = f"Own {form.title()} {verification.title()}", SECRETS[form]
    await new_webhook(page, name, verification)
    call = await call_in_help(page)
    await page.get_by_label("Secret", exact=True).select_option("own")
    await page.get_by_label("Your secret").fill(secret)
    assert "SECRET='...'" in call
    await page.get_by_role("button", name="Create").click()
    await expect(page.get_by_role("dialog", name=name)).to_be_visible()
    call = call.replace("SECRET='...'", f"SECRET={shlex.quote(secret)}")
    await has_run(stack, await run(stack, call), name.lower().replace(" ", "-"))


async def test_the_example_call_of_an_unverified_webhook_creates_a_run(page: Page, stack: RealStack) -> None:
    await new_webhook(page, "Open To All", "none")
    call = await call_in_help(page)
    assert "SECRET" not in call
    await page.get_by_role("button", name="Create").click()
    await expect(page.get_by_role("dialog", name="Open To All")).to_be_visible()
    await has_run(stack, await run(stack, call), "open-to-all")


async def test_the_example_commands_of_a_manual_automation_create_runs(page: Page, stack: RealStack) -> None:
    await page.goto(NEW)
    await page.get_by_role("radio", name="Manual").click()
    await page.get_by_label("Name").fill("Called By Hand")
    shown = page.locator("fieldset code")
    command, call = [text for text in await shown.all_inner_texts() if "called-by-hand" in text]
    await page.get_by_role("button", name="Create").click()
    await expect(page.get_by_role("dialog", name="Called By Hand")).to_be_visible()
    await run(stack, command)
    await run(stack, call)
    async with stack.client() as client:
        runs = (await client.get("/api/runs", params={"automation": "called-by-hand"})).json()["items"]
        await client.post("/api/automations/called-by-hand/archive")
    assert len(runs) == 2


async def test_the_drawer_shows_the_url_and_the_verification_of_a_webhook(page: Page) -> None:
    await page.goto("/?open=mention-responder")
    drawer = page.get_by_role("dialog", name="Mention Responder")
    await expect(drawer).to_contain_text("POST /api/webhooks/mentions")
    await expect(drawer).to_contain_text("Standard Webhooks")
