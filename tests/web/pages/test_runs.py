"""The page of one run: what a person decides there."""

from playwright.async_api import Page, expect

from tests.support.eventually import assert_eventually
from tests.support.real_stack import RealStack


async def test_each_waiting_approval_step_is_decided_by_its_name(page: Page, stack: RealStack) -> None:
    steps = [{"key": key, "approval": {"message": f"Is the {key} part right?"}} for key in ("legal", "budget")]
    async with stack.client() as client:
        gates = {"kind": "workflow", "slug": "two-gates", "name": "Two gates", "spec": {"steps": steps}}
        (await client.post("/api/primitives", json=gates)).raise_for_status()
        run_id = (await client.post("/api/workflows/two-gates/execute", json={})).json()["runs"][0]["runId"]
        await page.goto(f"/runs/{run_id}")
        await page.get_by_role("button", name="Approve legal").click()
        await expect(page.get_by_text("Approved legal.")).to_be_visible()
        # A second click on the first one's button has no target.
        await expect(page.get_by_role("button", name="Approve legal")).to_have_count(0)
        await page.get_by_role("textbox", name="Comment").fill("too dear")
        await page.get_by_role("button", name="Reject budget").click()
        await expect(page.get_by_text("Rejected budget.")).to_be_visible()

        async def ended() -> None:
            run = (await client.get(f"/api/runs/{run_id}")).json()
            assert (run["status"], run["error"]["type"]) == ("failed", "rejected")
            assert {step["key"]: step["status"] for step in run["steps"]} == {"legal": "completed", "budget": "failed"}

        await assert_eventually(ended)
        story = page.get_by_role("note", name="What happened")
        await expect(story).to_contain_text("at step budget: rejected by administrator: too dear")
        await page.get_by_text("Timeline", exact=True).click()
        parts = page.get_by_role("treegrid", name="Parts of the run").get_by_role("row")
        await expect(parts).to_contain_text(["Two gates", "legal", "budget"])
        (await client.delete("/api/primitives/two-gates")).raise_for_status()
