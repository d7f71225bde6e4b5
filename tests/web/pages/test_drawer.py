"""The drawer of an automation: trend, recent runs, why it is paused, and its activity."""

import re

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Locator, Page, expect

from tests.support.real_stack import RealStack
from tests.web.quality.test_accessibility_and_screenshots import settled, told

FIGURES = re.compile(r"^\w{3} \d+ \w{3,4}: \d+%, \d+ completed.* average; cost: \$")


async def opened(page: Page, slug: str, name: str, search: str = "") -> Locator:
    await page.goto(f"/?open={slug}{search}")
    drawer = page.get_by_role("dialog", name=name)
    await expect(drawer.get_by_role("heading", name="Runs")).to_be_visible()
    return drawer


async def test_each_day_shows_its_figures_and_links_to_its_runs(page: Page) -> None:
    drawer = await opened(page, "social-scout", "Social Scout")
    days = drawer.get_by_role("group", name="Days, oldest first").get_by_role("link")
    await expect(days).to_have_count(30)
    await drawer.get_by_role("button", name="90 d").click()
    await expect(days).to_have_count(90)
    await expect(page).to_have_url(re.compile("trend=90d"))
    await drawer.get_by_role("button", name="7 d").click()
    await expect(days).to_have_count(7)
    yesterday = days.nth(5)
    await expect(yesterday).to_have_accessible_name(FIGURES)
    await yesterday.hover()
    tip = page.get_by_role("tooltip")
    await expect(tip).to_contain_text("completed")
    await expect(tip).to_contain_text("per run")
    # Statistics are per UTC hour and New York's days start on one, so list and chart agree.
    name = await yesterday.get_attribute("aria-label") or ""
    finished = sum(map(int, re.findall(r"(\d+) (?:completed|failed)", name)))
    await yesterday.click()
    await expect(page).to_have_url(re.compile(r"/runs\?.*automation=social-scout.*from="))
    await expect(page.get_by_role("table", name="Runs").get_by_role("link")).to_have_count(finished)
    await page.get_by_role("button", name=re.compile("^on ")).click()
    await expect(page).not_to_have_url(re.compile("from="))


async def test_arrow_keys_move_between_days_and_the_figures_are_also_a_table(page: Page) -> None:
    drawer = await opened(page, "devils-advocate", "Devil's Advocate", "&trend=7d")
    days = drawer.get_by_role("group", name="Days, oldest first").get_by_role("link")
    await expect(days).to_have_count(7)
    await days.last.focus()
    await page.keyboard.press("ArrowLeft")
    await expect(days.nth(5)).to_be_focused()
    await page.keyboard.press("Home")
    await expect(days.first).to_be_focused()
    await expect(page.get_by_role("tooltip")).to_contain_text("Success")
    await page.keyboard.press("Escape")
    await drawer.get_by_text("Show as table").click()
    # Not that of today, which may not have a run yet.
    await expect(drawer.get_by_role("row").nth(2)).to_contain_text("%")
    violations = (await Axe().run(page)).response["violations"]
    assert not violations, [told(violation) for violation in violations]


async def test_a_cell_of_the_recent_runs_describes_its_run_and_links_to_it(page: Page) -> None:
    drawer = await opened(page, "social-scout", "Social Scout")
    strip = drawer.get_by_role("group", name="Latest runs, oldest first")
    cells = strip.get_by_role("link")
    await expect(cells).to_have_count(50)
    failed = strip.get_by_role("link", name=re.compile(r"^Failed, \w{3} \d\d \w{3,4}, \d\d:\d\d, \d")).last
    await failed.hover()
    await expect(page.get_by_role("tooltip")).to_contain_text("Failed")
    await failed.focus()
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile("/runs/"))
    await expect(page.get_by_text("Failed").first).to_be_visible()


async def test_the_last_error_is_shown_and_links_to_its_run(page: Page, stack: RealStack) -> None:
    async with stack.client() as client:
        answer = await client.get("/api/runs?automation=social-scout&status=failed&limit=1")
        (failed,) = answer.json()["items"]
    drawer = await opened(page, "social-scout", "Social Scout")
    await expect(drawer).to_contain_text(failed["error"]["message"])
    await drawer.get_by_role("link", name="Last error").click()
    await expect(page).to_have_url(re.compile(failed["id"]))


async def test_the_next_fires_show_both_zones_if_they_differ(page: Page) -> None:
    await page.add_init_script("localStorage.setItem('podium.zone', 'Europe/London')")
    drawer = await opened(page, "social-scout", "Social Scout")
    await expect(drawer.get_by_role("heading", name="Next fires, London time")).to_be_visible()
    fires = drawer.get_by_role("list", name="Next fires").get_by_role("listitem")
    await expect(fires.first).to_contain_text(re.compile(r"\d\d:\d\d.*\d\d:00 New York"))


async def test_an_unknown_cost_is_shown_and_a_new_automation_has_no_charts(page: Page) -> None:
    drawer = await opened(page, "citation-librarian", "Citation Librarian")
    cost = drawer.get_by_role("figure").filter(has_text="Cost")
    await expect(cost).to_contain_text("unknown")
    await expect(cost).not_to_contain_text("$")
    drawer = await opened(page, "outreach-sprint", "Outreach Sprint")
    await expect(drawer).to_contain_text("No runs yet.")
    await expect(drawer.get_by_role("group", name="Period")).to_have_count(0)


async def test_a_paused_automation_says_why_and_since_when_and_can_be_resumed(page: Page, stack: RealStack) -> None:
    async with stack.client() as client:
        await client.post("/api/automations/welcome-host/pause", json={"reason": "The greeting is being rewritten"})
    drawer = await opened(page, "welcome-host", "Welcome Host")
    note = drawer.get_by_role("note", name="Paused")
    await expect(note).to_contain_text(re.compile(r"Paused by .+ (now|ago): The greeting is being rewritten\."))
    await drawer.get_by_role("button", name="Fire anyway").click()
    await expect(drawer).to_contain_text("It runs once now and stays paused.")
    await drawer.get_by_label("Payload (JSON)").fill('{"member": "ada"}')
    await drawer.get_by_role("button", name="Fire anyway").click()
    await expect(drawer.get_by_role("link", name=re.compile("Started a run"))).to_be_visible()
    await note.get_by_role("button", name="Resume").click()
    await expect(note).to_have_count(0)
    await expect(drawer.get_by_role("listitem").filter(has_text="Resumed by")).to_be_visible()


async def test_an_inactive_primitive_is_named_as_the_reason(page: Page, stack: RealStack) -> None:
    async with stack.client() as client:
        await client.patch("/api/primitives/question-asker", json={"isActive": False})
        try:
            drawer = await opened(page, "question-asker", "Question Asker")
            note = drawer.get_by_role("note", name="Paused")
            await expect(note).to_contain_text("Paused because its agent")
            await expect(note.get_by_role("button", name="Resume")).to_have_count(0)
            await expect(drawer).to_contain_text("Nothing is due while it is paused.")
            await note.get_by_role("link", name="Question Asker").click()
            await expect(page).to_have_url(re.compile("/primitives/agent/question-asker"))
        finally:
            await client.patch("/api/primitives/question-asker", json={"isActive": True})


async def test_the_activity_shows_changed_fields_and_older_entries_on_demand(page: Page, stack: RealStack) -> None:
    async with stack.client() as client:
        for day in range(1, 23):
            await client.patch("/api/automations/weekend-distillation", json={"description": f"Try {day}"})
    drawer = await opened(page, "weekend-distillation", "Weekend Distillation")
    log = drawer.get_by_role("list", name="Activity, newest first")
    await expect(log).to_contain_text("description: Try 21 → Try 22")
    await expect(log).not_to_contain_text("Created by")
    await drawer.get_by_role("button", name="Show more").click()
    await expect(log).to_contain_text("Created by")


async def test_an_archived_automation_can_be_restored(page: Page, stack: RealStack) -> None:
    async with stack.client() as client:
        await client.post("/api/automations/publish-digest/archive")
    drawer = await opened(page, "publish-digest", "Publish Digest")
    await expect(drawer.get_by_role("button", name="Fire now")).to_have_count(0)
    await drawer.get_by_role("note", name="Archived").get_by_role("button", name="Restore").click()
    await expect(drawer.get_by_role("button", name="Fire now")).to_be_visible()


async def test_the_drawer_links_to_temporal_and_updates_live(page: Page, stack: RealStack) -> None:
    drawer = await opened(page, "devils-advocate", "Devil's Advocate", "&trend=7d")
    await settled(page)
    for name, place in (("Schedule", "/schedules/"), ("Runs", "/workflows?query=PodiumAutomation")):
        href = await drawer.get_by_role("link", name=name, exact=True).get_attribute("href")
        assert href is not None
        assert place in href
    today = drawer.get_by_role("group", name="Days, oldest first").get_by_role("link").last
    before = await today.get_attribute("aria-label") or ""
    async with stack.client() as client:
        await client.post("/api/automations/devils-advocate/fire", json={})
    await expect(today).not_to_have_accessible_name(before, timeout=30_000)


async def test_the_next_fires_are_listed_however_often_it_fires(page: Page, stack: RealStack) -> None:
    primitive = {"kind": "agent", "slug": "trend-spotter"}
    async with stack.client() as client:
        slug, schedule = "each-minute", {"cronExpr": "* * * * *", "timezone": "UTC"}
        draft = {"slug": slug, "name": slug, "primitive": primitive, "source": "schedule", "schedule": schedule}
        answer = await client.post("/api/automations", json=draft)
        assert answer.status_code == 201, answer.text
        try:
            drawer = await opened(page, "each-minute", "each-minute")
            fires = drawer.get_by_role("list", name="Next fires").locator("time")
            await expect(fires).to_have_count(5)
            drawer = await opened(page, "trend-spotter", "Trend Spotter")
            await expect(drawer.get_by_role("list", name="Next fires").locator("time")).to_have_count(5)
        finally:
            await client.delete(f"/api/automations/{slug}")
