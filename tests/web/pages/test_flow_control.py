"""Flow control on the page: the form says and tries the limits, the drawer shows, releases and clears the queue."""

import asyncio
from typing import Any

from playwright.async_api import Page, expect

from tests.support.eventually import assert_eventually
from tests.support.real_stack import RealStack
from tests.web.browser_errors import expected_answers

SLOW = {"type": "simulated", "successRate": 1.0, "durationMs": 300_000, "costUsd": "0.01", "seed": 7}


async def add_slow_agent(stack: RealStack) -> None:
    async with stack.client() as client:
        body = {"kind": "agent", "slug": "slow-writer", "name": "Slow Writer", "spec": {"runner": SLOW, "capacity": 4}}
        answer = await client.post("/api/primitives", json=body)
        assert answer.status_code == 201, answer.text


async def send(stack: RealStack, customer: str) -> str:
    async with stack.client() as client:
        body = {"eventName": "order.limited", "payload": {"customer": customer}}
        (run,) = (await client.post("/api/triggers/event", json=body)).json()["runs"]
        return str(run["runId"])


async def run_of(stack: RealStack, run_id: str) -> Any:
    async with stack.client() as client:
        return (await client.get(f"/api/runs/{run_id}")).json()


async def test_a_limit_is_set_and_its_queue_released_and_cleared(page: Page, stack: RealStack) -> None:
    await add_slow_agent(stack)
    await page.goto("/automations/new?kind=agent&primitive=slow-writer")
    await page.get_by_label("Name", exact=True).fill("Limited Orders")
    await page.get_by_role("radio", name="Event").click()
    await page.get_by_role("combobox", name="Event").fill("order.limited")
    await page.get_by_label("Sample (JSON)").fill('{"customer": "acme"}')
    await page.get_by_role("switch", name="Concurrency").click()
    await page.get_by_label("Most runs at once").fill("0")
    await page.get_by_label("Key (CEL)").fill("payload.customer")
    await page.get_by_label("Most for each value").fill("1")
    await expect(page.get_by_text("Sample yields acme")).to_be_visible()
    expected_answers(page, 422)
    await page.get_by_role("button", name="Create").click()
    await expect(page.get_by_label("Most runs at once")).to_have_attribute("aria-invalid", "true")
    await page.get_by_label("Most runs at once").fill("1")
    words = page.get_by_role("note", name="Concurrency in words")
    await expect(words).to_have_text(
        "At most 1 run at once; at most 1 for each value of payload.customer. More wait in order."
    )
    await page.get_by_role("button", name="Create").click()
    drawer = page.get_by_role("dialog", name="Limited Orders")
    await expect(drawer).to_contain_text("At most 1 run at once; at most 1 for each value of payload.customer.")
    await expect(drawer.get_by_role("heading", name="Queue")).to_have_count(0)

    sent = [await send(stack, customer) for customer in ("acme", "acme", "globex")]
    waiting = drawer.get_by_role("list", name="Waiting runs")
    await expect(waiting.get_by_role("link")).to_have_text(["acme", "globex"])

    await drawer.get_by_role("button", name="Release waiting run 2").click()
    dialog = page.get_by_role("dialog", name="Release 1 waiting run?")
    await dialog.get_by_label("Reason").fill("urgent")
    await dialog.get_by_role("button", name="Release 1").click()
    await expect(waiting.get_by_role("link")).to_have_text(["acme"])

    async def runs() -> None:
        assert (await run_of(stack, sent[2]))["status"] == "running"

    await assert_eventually(runs, timeout=30)

    await waiting.get_by_role("link").click()
    await expect(page.get_by_text("Waiting: concurrency. It starts when an earlier run ends.")).to_be_visible()
    await page.get_by_role("button", name="Show the queue").click()
    await drawer.get_by_role("button", name="Clear all").click()
    await page.get_by_role("dialog", name="Clear 1 waiting run?").get_by_role("button", name="Clear 1").click()
    await expect(drawer.get_by_role("heading", name="Queue")).to_have_count(0)
    await page.keyboard.press("Escape")
    await expect(page.get_by_text("cleared from the queue")).to_be_visible()

    async with stack.client() as client:
        await asyncio.gather(*(client.post(f"/api/runs/{one}/cancel") for one in (sent[0], sent[2])))


async def test_an_edit_removes_a_limit(page: Page, stack: RealStack) -> None:
    control = {"concurrency": {"limit": 2}, "throttle": {"limit": 5, "periodSeconds": 60}}
    async with stack.client() as client:
        body = {"slug": "thinned", "name": "Thinned", "source": "manual", "flowControl": control}
        body |= {"primitive": {"kind": "agent", "slug": "trend-spotter"}}
        assert (await client.post("/api/automations", json=body)).status_code == 201
    await page.goto("/automations/thinned/edit")
    await expect(page.get_by_role("note", name="Throttle in words")).to_have_text("One each 12 s. More wait in order.")
    await page.get_by_role("switch", name="Concurrency").click()
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("dialog", name="Thinned")).to_contain_text("One each 12 s.")
    async with stack.client() as client:
        found = (await client.get("/api/automations/thinned")).json()["flowControl"]
    assert found["concurrency"] is None
    assert (found["throttle"]["limit"], found["throttle"]["periodSeconds"]) == (5, 60)
