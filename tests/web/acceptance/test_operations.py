"""The work of an operator on the page: sign in, pause, fire, create, and continue while the server is down."""

import re

from playwright.async_api import BrowserContext, Page, Route, expect

from tests.support.real_stack import ADMIN_KEY, RealStack
from tests.web.browser_errors import expected_answers, expected_silence
from tests.web.conftest import RETRIES
from tests.web.schedule_list import rows


async def test_a_key_signs_in_on_any_page_and_signing_out_ends_the_session(stranger: BrowserContext) -> None:
    expected_answers(stranger, 401)
    page = await stranger.new_page()
    await page.goto("/runs")
    await page.get_by_label("API key").fill("pk_wrong")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_text("this API key is unknown or has been revoked")).to_be_visible()
    await page.get_by_label("API key").fill(ADMIN_KEY)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("heading", name="Runs")).to_be_visible()
    await page.get_by_role("button", name="Account").click()
    await page.get_by_role("menuitem", name="Sign out").click()
    await expect(page.get_by_label("API key")).to_be_visible()


async def test_the_switch_pauses_and_undo_resumes(page: Page) -> None:
    await page.goto("/?search=trend")
    switch = page.get_by_role("switch", name="Trend Spotter is active")
    await switch.click()
    await expect(page.get_by_text("Trend Spotter is paused.")).to_be_visible()
    await expect(switch).not_to_be_checked()
    await expect(rows(page).first).to_contain_text("Paused")
    await page.get_by_role("button", name="Undo").click()
    await expect(switch).to_be_checked()


async def test_pausing_an_automation_with_dependents_asks_first(page: Page) -> None:
    await page.goto("/?search=synthesis engine")
    await expect(rows(page).filter(has_text="Draw the picture")).to_contain_text("Triggers: ")
    await page.get_by_role("switch", name="Synthesis Engine is active").click()
    dialog = page.get_by_role("dialog", name="Pause Synthesis Engine?")
    await expect(dialog.get_by_role("listitem").first).to_be_visible()
    await dialog.get_by_role("button", name="Cancel").click()
    await expect(page.get_by_role("switch", name="Synthesis Engine is active")).to_be_checked()


async def test_keys_move_select_and_open_and_the_selection_is_paused_together(page: Page) -> None:
    await page.goto("/?search=moderation")
    await expect(rows(page).first).to_contain_text("Moderation Sentinel")
    await page.keyboard.press("j")
    await page.keyboard.press("x")
    bar = page.get_by_role("toolbar", name="Selection")
    await expect(bar).to_contain_text("1 selected")
    await bar.get_by_role("button", name="Pause").click()
    dialog = page.get_by_role("dialog", name="Pause 1 automation?")
    await expect(dialog.get_by_role("list", name="Affected automations")).to_contain_text("Moderation Sentinel")
    await dialog.get_by_label("Reason").fill("too loud")
    await dialog.get_by_role("button", name="Pause 1").click()
    await expect(page.get_by_text("1 automation paused.")).to_be_visible()
    await bar.get_by_role("button", name="Pause").click()
    dialog = page.get_by_role("dialog", name="Pause 0 automations?")
    await expect(dialog).to_contain_text("1 left unchanged: nothing to change.")
    await dialog.get_by_role("button", name="Cancel").click()
    await page.get_by_role("button", name="Undo").click()
    await expect(page.get_by_text("Undone: 1 automation resumed.")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(bar).to_have_count(0)
    await page.get_by_role("button", name=re.compile("Moderation Sentinel")).first.click()
    await expect(page.get_by_role("dialog", name="Moderation Sentinel")).to_be_visible()


async def test_all_matches_are_counted_archived_and_restored(page: Page) -> None:
    await page.goto("/?primitive=network")
    await expect(rows(page)).to_have_count(3)
    await page.get_by_role("checkbox", name=re.compile("^Select ")).nth(1).click()
    bar = page.get_by_role("toolbar", name="Selection")
    await bar.get_by_role("button", name="Select all 3").click()
    await expect(bar).to_contain_text("3 selected")
    await bar.get_by_role("button", name="Archive").click()
    dialog = page.get_by_role("dialog", name="Archive 3 automations?")
    await dialog.get_by_role("button", name="Archive 3").click()
    await expect(page.get_by_text("No automations match these filters")).to_be_visible()
    await page.get_by_role("button", name="Undo").click()
    await expect(page.get_by_text("Undone: 3 automations restored.")).to_be_visible()
    await expect(rows(page)).to_have_count(3)


async def test_each_filter_button_shows_its_count(page: Page) -> None:
    await page.goto("/?primitive=campaign")
    kinds, types = page.get_by_role("group", name="Primitive"), page.get_by_role("group", name="Type")
    await expect(kinds.get_by_role("button", name="Agent")).to_have_text(re.compile(r"^Agent\s*\d\d$"))
    found = await types.get_by_role("button", name="Schedule").text_content()
    await types.get_by_role("button", name="Schedule").click()
    await expect(rows(page)).to_have_count(int(re.sub(r"\D", "", found or "")))


async def test_shortcuts_are_listed_and_single_keys_can_be_turned_off(page: Page) -> None:
    await page.goto("/runs")
    await expect(page.get_by_role("heading", name="Runs")).to_be_visible()
    await page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard")
    await expect(dialog).to_contain_text("Clear the selection")
    await dialog.get_by_role("switch", name="Single-key shortcuts").click()
    await page.keyboard.press("Escape")
    await page.keyboard.press("Shift+C")
    await page.keyboard.press("?")
    await expect(dialog).to_have_count(0)
    await page.get_by_role("button", name="Account").click()
    await page.get_by_role("menuitem", name="Keyboard").click()
    await dialog.get_by_role("switch", name="Single-key shortcuts").click()
    await page.keyboard.press("Escape")
    await page.keyboard.press("Shift+C")
    await expect(page).to_have_url(re.compile("/calendar"))


async def test_the_palette_finds_everything(page: Page) -> None:
    await page.goto("/runs")
    await expect(page.get_by_role("heading", name="Runs")).to_be_visible()
    await page.keyboard.press("Control+k")
    await page.keyboard.type("nightly")
    await expect(page.get_by_role("option", name=re.compile("Nightly Distillation"))).to_be_visible()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog", name="Nightly Distillation")).to_be_visible()


async def test_a_search_lists_the_exact_name_before_worse_rows_that_mention_it(page: Page) -> None:
    await page.goto("/?search=fact checker")
    await expect(rows(page).first).to_contain_text("Fact Checker")
    await expect(rows(page).nth(1)).to_be_visible()
    await page.goto("/?search=distillation&sort=name")
    await expect(rows(page).first).to_contain_text("Nightly Distillation")
    await page.keyboard.press("Control+k")
    await page.keyboard.type("devil's advocate")
    await expect(page.get_by_role("option").first).to_contain_text("Devil's Advocate")


async def test_an_empty_podium_offers_three_steps_to_the_first_run(page: Page) -> None:
    async def nothing_yet(route: Route) -> None:
        answer = await route.fetch(headers={**route.request.headers, "if-none-match": ""}, max_retries=RETRIES)
        summary = {**(await answer.json())["summary"], "total": 0, "active": 0, "archived": 0}
        await route.fulfill(json={"automations": [], "summary": summary, "nextCursor": None})

    async def no_items(route: Route) -> None:
        await route.fulfill(json={"items": [], "nextCursor": None})

    await page.route("**/api/live/automations?*", nothing_yet)
    await page.route("**/api/primitives?*", no_items)
    await page.route("**/api/runs?*", no_items)
    await page.goto("/")
    start = page.get_by_role("region", name="Get your first run in three steps")
    await expect(start.get_by_role("listitem")).to_have_count(3)
    await expect(page.get_by_role("group", name="Primitive")).to_have_count(0)
    await expect(page.get_by_role("region", name="Summary")).to_have_count(0)
    await expect(start.locator("[aria-current=step]")).to_contain_text("Create an agent")
    await start.get_by_role("link", name="New agent").click()
    await expect(page).to_have_url(re.compile(r"/primitives/new\?kind=agent"))
    await page.unroute("**/api/primitives?*")
    await page.goto("/")
    await expect(start.locator("[aria-current=step]")).to_contain_text("Run it once")


async def test_firing_with_a_payload_shows_the_run_live(page: Page) -> None:
    await page.goto("/?open=deep-dive")
    drawer = page.get_by_role("dialog", name="Deep Dive")
    await drawer.get_by_role("button", name="Fire now").click()
    await drawer.get_by_label("Payload (JSON)").fill("{broken")
    await drawer.get_by_role("button", name="Fire", exact=True).click()
    await expect(drawer.get_by_text(re.compile("JSON at position"))).to_be_visible()
    await drawer.get_by_label("Payload (JSON)").fill('{"topic": "owls"}')
    await drawer.get_by_role("button", name="Fire", exact=True).click()
    await drawer.get_by_role("link", name=re.compile("Started a run")).click()
    await expect(page).to_have_url(re.compile("/runs/"))
    await expect(page.get_by_role("region", name="Input")).to_contain_text("owls")
    await expect(page.get_by_role("link", name="Open in Temporal")).to_be_visible()


async def test_the_wizard_previews_validates_and_saves(page: Page) -> None:
    expected_answers(page, 422)
    await page.goto("/automations/new?kind=agent&primitive=trend-spotter")
    ahead = page.get_by_role("region", name="Preview")
    await expect(ahead).to_contain_text("At 09:00")
    await page.get_by_label("Cron").fill("61 9 * * *")
    await expect(ahead).to_contain_text("61")
    await page.get_by_role("button", name="Create").click()
    await expect(page.get_by_label("Name")).to_have_attribute("aria-invalid", "true")
    await page.get_by_label("Name").fill("Made In A Browser")
    await page.get_by_role("button", name="Create").click()
    await expect(page.get_by_label("Cron")).to_have_attribute("aria-invalid", "true")
    await page.get_by_label("Cron").fill("30 9 * * 1-5")
    await page.get_by_role("switch", name="Watch the success rate").click()
    await page.get_by_label("Threshold (%)").fill("70")
    await page.get_by_role("button", name="Create").click()
    drawer = page.get_by_role("dialog", name="Made In A Browser")
    await expect(drawer).to_contain_text("Disables it when fewer than 70%")
    await drawer.get_by_role("link", name="Edit").click()
    await page.get_by_label("Description").fill("Changed")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("dialog", name="Made In A Browser")).to_contain_text("Changed")
    await page.get_by_role("button", name="Archive").click()
    await page.get_by_role("dialog", name="Archive Made In A Browser?").get_by_role("button", name="Archive").click()
    await expect(page.get_by_text("Made In A Browser is archived. Its runs are kept.")).to_be_visible()


async def test_a_pipeline_is_drawn(page: Page) -> None:
    await page.goto("/primitives/workflow/incident-review")
    await expect(page.locator(".react-flow__node")).to_have_count(3)


async def test_changes_made_elsewhere_appear_live(page: Page, stack: RealStack) -> None:
    await page.goto("/?search=sentiment")
    await expect(page.get_by_text("Live", exact=True)).to_be_visible()
    async with stack.client() as client:
        await client.post("/api/automations/sentiment-barometer/pause")
        await expect(rows(page).first).to_contain_text("Paused", timeout=4000)
        await client.post("/api/automations/sentiment-barometer/resume")
        await expect(rows(page).first).not_to_contain_text("Paused", timeout=4000)


async def test_a_failing_server_is_reported_and_the_data_stays(page: Page) -> None:
    expected_silence(page)
    await page.goto("/")
    await expect(rows(page).first).to_contain_text("Social Scout")

    async def refuse(route: Route) -> None:
        await route.abort("connectionrefused")

    await page.route("**/api/**", refuse)
    await page.route("**/healthz", refuse)
    await page.get_by_role("switch", name="Social Scout is active").click()
    # What depends on it cannot be asked, which is said before anything is paused.
    question = page.get_by_role("dialog", name="Pause Social Scout?")
    await expect(question).to_contain_text("Podium is not responding.")
    await question.get_by_role("button", name="Pause").click()
    await expect(page.locator("[data-toast]")).to_contain_text("Podium is not responding.")
    await expect(rows(page).first).to_contain_text("Social Scout")
    await page.get_by_role("link", name="Runs").click()
    await expect(page.get_by_role("button", name="Try again")).to_be_visible()
    await page.unroute("**/api/**")
    await page.unroute("**/healthz")
    await page.get_by_role("button", name="Try again").click()
    await expect(page.get_by_role("table", name="Runs")).to_be_visible()


async def test_on_a_phone_rows_are_sorted_and_selected(page: Page) -> None:
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.goto("/")
    await expect(rows(page).first).to_contain_text("Social Scout")
    await page.get_by_role("button", name="Sort by Severity").click()
    await page.get_by_role("menuitemcheckbox", name="Name").click()
    await expect(page).to_have_url(re.compile("sort=name"))
    await expect(rows(page).first).to_contain_text("Ask the Guide")
    await page.get_by_role("checkbox", name="Select Ask the Guide").click()
    await expect(page.get_by_role("toolbar", name="Selection")).to_contain_text("1 selected")


async def test_automations_fired_together_can_be_cancelled_together(page: Page) -> None:
    await page.goto("/?search=deep dive")
    await page.get_by_role("checkbox", name="Select Deep Dive").click()
    bar = page.get_by_role("toolbar", name="Selection")
    await bar.get_by_role("button", name="Fire").click()
    await page.get_by_role("dialog", name="Fire 1 automation?").get_by_role("button", name="Fire 1").click()
    await expect(page.get_by_text("1 automation fired.")).to_be_visible()
    await page.get_by_role("button", name="Undo").click()
    await expect(page.get_by_text("1 run cancelled.")).to_be_visible()
