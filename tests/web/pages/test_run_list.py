"""The list of runs: filters with counts in the address, a search, further pages, and what is new."""

import json
import re

from playwright.async_api import Locator, Page, expect

from tests.support.real_stack import RealStack
from tests.web.quality.test_accessibility_and_screenshots import PICTURES


def shown(page: Page) -> Locator:
    """Return the rows without the head."""
    return page.get_by_role("table", name="Runs").get_by_role("row").filter(has=page.get_by_role("cell"))


async def test_filters_are_counted_and_kept_in_the_address(page: Page, stack: RealStack) -> None:
    await page.goto("/runs")
    status = page.get_by_role("group", name="Status")
    async with stack.client() as client:
        facets = (await client.get("/api/runs/facets", params={"rootsOnly": True})).json()
    failed = next(one["count"] for one in facets["status"] if one["value"] == "failed")
    await expect(status.get_by_role("button", name="Failed")).to_contain_text(f"{failed:,}")
    PICTURES.mkdir(exist_ok=True)
    await page.screenshot(path=PICTURES / "run-list.png")
    await status.get_by_role("button", name="Failed").click()
    await page.get_by_role("group", name="Primitive").get_by_role("button", name="Agent").press("Enter")
    await expect(page).to_have_url(re.compile(r"/runs\?status=failed&kind=agent$"))
    await expect(shown(page).first).to_contain_text("Failed")
    await expect(shown(page).filter(has_not_text="Failed")).to_have_count(0)
    # The counts of a filter are those under all others.
    await expect(status.get_by_role("button", name="Completed")).to_contain_text(re.compile(r"[1-9]"))
    errors = page.get_by_role("group", name="Error or reason").get_by_role("button")
    await errors.first.click()
    await expect(page).to_have_url(re.compile(r"error=[0-9a-f]{16}"))
    await page.get_by_label("Took at least").select_option("1 hour")
    await expect(page.get_by_text("No runs match these filters")).to_be_visible()
    await page.get_by_role("button", name="Clear filters").click()
    await expect(page).to_have_url(re.compile(r"/runs$"))
    await page.get_by_label("Arrived").select_option("Last 24 hours")
    await expect(page).to_have_url(re.compile(r"last=24h"))
    await expect(page.get_by_text(re.compile(r"[\d,]+\+? runs$"))).to_be_visible()


async def test_a_run_is_found_by_its_id_and_by_words(page: Page) -> None:
    await page.goto("/runs")
    link = shown(page).nth(3).get_by_role("link").first
    run_id = str(await link.get_attribute("href")).rpartition("/")[2]
    box = page.get_by_role("searchbox", name="Search runs")
    await box.fill(run_id)
    await expect(shown(page)).to_have_count(1)
    await expect(page).to_have_url(re.compile(f"q={run_id}"))
    await box.fill("social scout")
    await expect(shown(page).first).to_contain_text("Social Scout")
    await box.fill("nothing has this name")
    await expect(page.get_by_text("No runs match these filters")).to_be_visible()
    await page.go_back()
    await expect(page).not_to_have_url(re.compile("q="))


async def test_the_runs_of_the_filters_are_saved_as_a_file(page: Page) -> None:
    await page.goto("/runs?status=missed")
    await expect(shown(page).first).to_be_visible()
    await page.get_by_role("button", name="Export").click()
    async with page.expect_download() as begun:
        await page.get_by_role("menuitem", name="NDJSON").click()
    saved = await (await begun.value).path()
    *runs, end = [json.loads(line) for line in saved.read_text().splitlines()]
    assert {run["status"] for run in runs} == {"missed"}
    assert (end["complete"], end["rows"]) == (True, len(runs))
    await expect(page.get_by_text(f"Exported {len(runs)} run")).to_be_visible()


async def test_further_runs_are_loaded_on_the_way_down(page: Page) -> None:
    await page.goto("/runs?children=true")
    await expect(shown(page)).to_have_count(100)
    await page.mouse.wheel(0, 10_000)
    await expect(shown(page)).not_to_have_count(100)
    await expect(shown(page).nth(150)).to_be_attached()


async def test_new_runs_wait_until_they_are_asked_for(page: Page, stack: RealStack) -> None:
    agent = {"kind": "agent", "slug": "watched", "name": "Watched", "spec": {"runner": {"type": "simulated"}}}
    async with stack.client() as client:
        (await client.post("/api/primitives", json=agent)).raise_for_status()
        (await client.post("/api/agents/watched/execute", json={})).raise_for_status()
        found = (await client.get("/api/runs", params={"primitive": "watched"})).json()["items"][0]
        await page.goto(f"/runs?primitive={found['primitive']['id']}")
        await expect(shown(page)).to_have_count(1)
        # In place, without anybody's doing.
        await expect(shown(page).first).to_contain_text("Completed")
        await page.wait_for_timeout(300)
        for number in (1, 2):
            (await client.post("/api/agents/watched/execute", json={})).raise_for_status()
            new = page.get_by_role("button", name=f"{number} new run")
            await expect(new).to_be_visible()
            await expect(shown(page)).to_have_count(1)
        await page.screenshot(path=PICTURES / "run-list-new.png")
        await new.click()
        await expect(shown(page)).to_have_count(3)
        await expect(new).to_have_count(0)
        (await client.delete("/api/primitives/watched")).raise_for_status()
