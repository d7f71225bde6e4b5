"""Two who edit an automation, and a draft whose page or session ends: no change is lost."""

from playwright.async_api import Page, Response, expect

from tests.support.real_stack import RealStack
from tests.web.browser_errors import expected_answers, expected_silence
from tests.web.pages.test_wizard import NEW, saved


async def make(stack: RealStack, slug: str) -> None:
    """Create a nightly automation to edit."""
    async with stack.client() as client:
        body = {
            "slug": slug,
            "name": slug.replace("-", " ").title(),
            "primitive": {"kind": "agent", "slug": "trend-spotter"},
            "source": "schedule",
            "schedule": {"cronExpr": "0 3 * * *", "timezone": "UTC"},
            "isActive": False,
        }
        assert (await client.post("/api/automations", json=body)).status_code == 201


def _is_newer(answer: Response, path: str, etag: str) -> bool:
    return answer.url.endswith(path) and answer.headers.get("etag", etag) != etag


async def test_a_concurrent_save_is_reported_and_both_changes_are_kept(page: Page, stack: RealStack) -> None:
    await make(stack, "shared-nightly")
    await page.goto("/automations/shared-nightly/edit")
    await page.get_by_label("Description").fill("Mine")
    async with stack.client() as client:
        theirs = {"budgetUsdMonth": "7", "name": "Theirs"}
        assert (await client.patch("/api/automations/shared-nightly", json=theirs)).status_code == 200
    conflict = page.get_by_role("alert").filter(has_text="Someone changed this automation")
    await expect(conflict).to_contain_text("They changed: Name, Budget.")
    await expect(page.get_by_role("button", name="Save")).to_be_disabled()
    await conflict.get_by_role("button", name="Keep my changes on top of theirs").click()
    await expect(page.get_by_label("Name")).to_have_value("Theirs")
    await expect(page.get_by_label("Description")).to_have_value("Mine")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("dialog", name="Theirs")).to_be_visible()
    made = await saved(stack, "shared-nightly")
    assert (made["description"], made["budgetUsdMonth"], made["name"]) == ("Mine", "7", "Theirs")


async def test_a_stale_revision_at_save_is_a_conflict(page: Page, stack: RealStack) -> None:
    expected_answers(page, 412)
    expected_silence(page)
    await make(stack, "raced-nightly")
    # Without the stream, only the response to the save reveals the conflict.
    await page.route("**/api/live/stream", lambda route: route.abort())
    await page.route("**/healthz", lambda route: route.abort())
    await page.goto("/automations/raced-nightly/edit")
    await page.get_by_label("Description").fill("Mine")
    async with stack.client() as client:
        assert (await client.patch("/api/automations/raced-nightly", json={"description": "Theirs"})).status_code == 200
    await page.get_by_role("button", name="Save").click()
    conflict = page.get_by_role("alert").filter(has_text="Someone changed this automation")
    await expect(conflict).to_contain_text("You also changed Description; keeping yours overwrites theirs.")
    await conflict.get_by_role("button", name="Discard my changes and take theirs").click()
    await expect(page.get_by_label("Description")).to_have_value("Theirs")


async def test_a_concurrent_pause_is_not_a_conflict(page: Page, stack: RealStack) -> None:
    await make(stack, "switched-nightly")
    await page.goto("/automations/switched-nightly/edit")
    await page.get_by_label("Description").fill("Mine")
    path = "/api/automations/switched-nightly"
    async with stack.client() as client:
        before = (await client.get(path)).headers["etag"]
        async with page.expect_response(lambda answer: _is_newer(answer, path, before)):
            await client.post(f"{path}/resume")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("dialog", name="Switched Nightly")).to_be_visible()
    assert (await saved(stack, "switched-nightly"))["description"] == "Mine"


async def test_unsaved_changes_are_not_lost_silently(page: Page) -> None:
    await page.goto(NEW)
    await page.get_by_role("link", name="Runs").click()
    await expect(page.get_by_role("heading", name="Runs")).to_be_visible()
    await page.goto(NEW)
    await page.get_by_label("Name").fill("Half Written")
    await page.get_by_role("link", name="Runs").click()
    asked = page.get_by_role("dialog", name="Leave without saving?")
    await asked.get_by_role("button", name="Stay").click()
    await expect(page.get_by_label("Name")).to_have_value("Half Written")
    await page.get_by_role("link", name="Runs").click()
    await asked.get_by_role("button", name="Discard changes").click()
    await expect(page.get_by_role("heading", name="Runs")).to_be_visible()


async def test_a_draft_survives_the_end_of_the_session(page: Page, stack: RealStack) -> None:
    expected_answers(page, 401)
    await page.goto(NEW)
    async with page.expect_response(lambda answer: "outlives" in (answer.request.post_data or "")):
        await page.get_by_label("Name").fill("Outlives")
    await page.context.clear_cookies()
    # A request that the page sends on its own may ask to sign in first: then there is no button to press.
    await page.get_by_role("button", name="Create").evaluate_all("found => found.forEach(button => button.click())")
    await page.get_by_label("API key").fill("pk_admin_of_the_end_to_end_tests")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_text("Your changes from before you signed in again")).to_be_visible()
    await expect(page.get_by_label("Name")).to_have_value("Outlives")
    await page.get_by_role("button", name="Create").click()
    await expect(page.get_by_role("dialog", name="Outlives")).to_be_visible()
