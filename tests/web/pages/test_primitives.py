"""Creating and editing primitives in the form of each kind; errors at their fields; unsaved changes."""

import re

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Locator, Page, Route, expect

from tests.support.real_stack import RealStack
from tests.web.browser_errors import expected_answers
from tests.web.quality.test_accessibility_and_screenshots import settled, told


async def begin(page: Page, kind: str, name: str) -> None:
    await page.goto(f"/primitives/new?kind={kind}")
    await page.get_by_label("Name", exact=True).fill(name)


async def choose(picker: Locator, typed: str, name: str) -> None:
    """Choose an agent by typing a part of its name."""
    await picker.click()
    await picker.fill(typed)
    await picker.page.get_by_role("option", name=re.compile(f"^{name}")).click()
    await expect(picker).to_have_value(name)


async def create(page: Page, name: str) -> None:
    await page.get_by_role("button", name="Create").click()
    await expect(page.get_by_role("heading", name=name)).to_be_visible()


async def stored(stack: RealStack, kind: str, slug: str) -> dict[str, object]:
    async with stack.client() as client:
        spec: dict[str, object] = (await client.get(f"/api/primitives/{slug}?kind={kind}")).json()["spec"]
        return spec


async def test_an_agent_is_created_and_its_secret_is_kept(page: Page, stack: RealStack) -> None:
    await begin(page, "agent", "Form Agent")
    await page.get_by_role("radio", name=re.compile("^HTTP")).check()
    await page.get_by_label("URL", exact=True).fill("https://agents.example/run")
    await page.get_by_role("button", name="Add header").click()
    await page.get_by_label("Header name", exact=True).fill("X-Key")
    await page.get_by_label("Value of X-Key").fill("hush")
    await page.get_by_role("radio", name=re.compile("^Model")).check()
    await page.get_by_label("Model", exact=True).fill("openai:gpt-5-mini")
    await page.get_by_role("radio", name=re.compile("^HTTP")).check()
    await expect(page.get_by_label("Value of X-Key")).to_have_value("hush")
    await page.get_by_label("Capacity").fill("3")
    await create(page, "Form Agent")
    await page.get_by_role("link", name="Edit").click()
    await expect(page.get_by_label("Value of X-Key")).to_have_value("********")
    await page.get_by_label("Timeout (s)").fill("12.5")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("X-Key")).to_be_visible()
    spec = await stored(stack, "agent", "form-agent")
    assert (spec["capacity"], spec["timeoutSeconds"]) == (3, 12.5)


async def test_a_workflow_graph_is_drawn_while_editing(page: Page, stack: RealStack) -> None:
    await begin(page, "workflow", "Form Workflow")
    first = page.get_by_role("region", name="Step first")
    await choose(first.get_by_label("Agent", exact=True), "sour", "Source Gatherer")
    await page.get_by_role("button", name="Add step").click()
    second = page.get_by_role("region", name="Step step-2")
    await second.get_by_role("button", name="Approval").click()
    await second.get_by_label("Question").fill("Shall it go out?")
    await expect(page.locator(".react-flow__node")).to_have_count(2)
    await expect(page.locator(".react-flow__edge")).to_have_count(1)
    await first.get_by_label("Key").fill("find")
    second = page.get_by_role("region", name="Step step-2")
    await expect(second.get_by_role("button", name="find")).to_have_attribute("aria-pressed", "true")
    await page.get_by_role("button", name="Move step step-2 up").click()
    regions = page.get_by_role("region", name=re.compile("^Step "))
    await expect(regions.first).to_have_accessible_name("Step step-2")
    await page.locator(".react-flow__node").filter(has_text="find").get_by_role("button").click()
    await expect(page.get_by_role("region", name="Step find").get_by_label("Key")).to_be_focused()
    await create(page, "Form Workflow")
    steps = (await stored(stack, "workflow", "form-workflow"))["steps"]
    assert isinstance(steps, list)
    assert [(step["key"], step["agent"], step["needs"]) for step in steps] == [
        ("step-2", None, ["find"]),
        ("find", "source-gatherer", []),
    ]


async def test_a_network_a_campaign_and_a_pulse_are_created(page: Page, stack: RealStack) -> None:
    await begin(page, "network", "Form Network")
    await choose(page.get_by_role("combobox", name="Member 1"), "trend", "Trend Spotter")
    await page.get_by_role("button", name="Add member").click()
    await choose(page.get_by_role("combobox", name="Member 2"), "fact", "Fact Checker")
    await page.get_by_role("radio", name=re.compile("^Rules")).check()
    await page.get_by_role("button", name="Add rule").click()
    await expect(page.get_by_label("If (CEL)")).to_be_focused()
    await page.get_by_label("If (CEL)").fill("hops > 2")
    await page.get_by_label("Then").select_option("End the run")
    await page.get_by_role("button", name="Move member 2 up").click()
    await create(page, "Form Network")
    assert await stored(stack, "network", "form-network") == {
        "members": ["fact-checker", "trend-spotter"],
        "router": {"type": "rules", "first": "trend-spotter", "rules": [{"when": "hops > 2", "next": None}]},
        "maxHops": 8,
    }
    await begin(page, "campaign", "Form Campaign")
    await page.get_by_label("Objective").fill("More readers")
    await choose(page.get_by_role("combobox", name="Agent"), "trend", "Trend Spotter")
    await page.get_by_role("button", name="Add task").click()
    second = page.get_by_role("group", name="Task 2")
    await second.get_by_text("Add input", exact=True).click()
    await second.get_by_label("Input (JSON)").fill('{"topic": "owls"}')
    await create(page, "Form Campaign")
    await expect(page.get_by_text("More readers")).to_be_visible()
    await begin(page, "pulse", "Form Pulse")
    await page.get_by_label("Goal", exact=True).fill("Better answers")
    await choose(page.get_by_role("combobox", name="Agent"), "trend", "Trend Spotter")
    await page.get_by_label("Weight").press_sequentially("0.25")
    await page.get_by_role("switch", name="Adjust the members' capacity").click()
    await page.get_by_label("Maximum capacity").fill("6")
    await create(page, "Form Pulse")
    await expect(page.get_by_text("adjusted between 1 and 6")).to_be_visible()
    await expect(page.get_by_role("listitem").filter(has_text="weight 0.25")).to_be_visible()


async def test_errors_show_at_their_fields_and_the_first_gets_the_focus(page: Page) -> None:
    expected_answers(page, 422)
    await begin(page, "workflow", "Refused")
    await choose(page.get_by_role("combobox", name="Agent"), "trend", "Trend Spotter")
    await page.get_by_text("Condition, input, errors and retry").click()
    await page.get_by_label("Only if (CEL)").fill("input.x >")
    await page.get_by_text("Condition, input, errors and retry").click()
    await page.get_by_role("button", name="Create").click()
    condition = page.get_by_label("Only if (CEL)")
    await expect(condition).to_be_focused()
    await expect(condition).to_have_attribute("aria-invalid", "true")
    await expect(page.get_by_role("alert", name="Errors")).to_contain_text(
        "Step 1, Only if: The expression cannot be read at line 1, column 10"
    )
    await condition.fill("input.x > 1")
    await expect(condition).to_have_attribute("aria-invalid", "false")
    await expect(page.get_by_role("alert", name="Errors")).to_have_count(0)
    await page.get_by_label("Name", exact=True).fill("")
    await page.get_by_role("button", name="Create").click()
    await expect(page.get_by_label("Name", exact=True)).to_be_focused()


@pytest.mark.parametrize(
    ("kind", "label", "called", "says"),
    [
        ("agent", "Model", "Model", "Enter a value."),
        ("workflow", "Agent", "Step 1, Agent", "Choose an agent."),
        ("network", "Member 1", "Member 1", "Choose an agent."),
        ("campaign", "Agent", "Mission 1, Task 1, Agent", "Choose an agent."),
        ("pulse", "Agent", "Member 1, Agent", "Choose an agent."),
    ],
)
async def test_a_missing_value_is_reported_at_the_field_with_its_label(
    page: Page, kind: str, label: str, called: str, says: str
) -> None:
    expected_answers(page, 422)
    await begin(page, kind, "Left Empty")
    await page.get_by_role("button", name="Create").click()
    field = page.get_by_role("textbox" if kind == "agent" else "combobox", name=label, exact=True)
    await expect(field).to_have_value("")
    await expect(field).to_have_attribute("aria-invalid", "true")
    await expect(field).to_have_accessible_description(says)
    told_of = page.get_by_role("alert", name="Errors")
    await expect(told_of).to_contain_text(f"{called}: {says}")
    await expect(told_of).not_to_contain_text("spec")


async def test_archiving_warns_if_the_primitive_is_in_use(page: Page) -> None:
    await page.goto("/primitives/agent/trend-spotter")
    await page.get_by_role("button", name="Archive").click()
    dialog = page.get_by_role("dialog", name="Archive Trend Spotter?")
    await expect(dialog).to_contain_text("It is used by")
    await expect(dialog.get_by_role("link").first).to_be_visible()
    await expect(dialog.get_by_role("button", name="Archive")).to_have_count(0)


async def test_the_list_has_headers_and_two_empty_states(page: Page) -> None:
    await page.goto("/primitives")
    for name in ("Kind", "Name", "Details", "Used by"):
        await expect(page.get_by_role("columnheader", name=name, exact=True)).to_be_visible()
    await expect(page.get_by_role("row", name=re.compile("Trend Spotter"))).to_contain_text("Simulated: ")
    await page.get_by_label("Search primitives").fill("nobody has this name")
    await expect(page.get_by_role("heading", name="No primitives match these filters")).to_be_visible()
    await page.get_by_role("button", name="Clear filters").click()
    await expect(page.get_by_role("row", name=re.compile("Trend Spotter"))).to_be_visible()


async def test_a_child_run_names_its_parent(page: Page, stack: RealStack) -> None:
    async with stack.client() as client:
        runs = (await client.get("/api/runs", params={"kind": "agent", "limit": 200})).json()["items"]
    child = next(run for run in runs if run["parentRunId"])
    await page.goto(f"/runs/{child['id']}")
    part = page.get_by_role("definition").filter(has_text="Parent run")
    await part.get_by_role("link").click()
    await expect(page).to_have_url(re.compile(child["parentRunId"]))
    await page.goto(f"/primitives/agent/{child['primitive']['slug']}")
    await expect(page.get_by_role("heading", name="Latest runs")).to_be_visible()
    await page.goto("/runs?children=true&kind=%5B%22agent%22%5D")
    await expect(page.get_by_role("link", name="parent run").first).to_be_visible()


async def test_form_and_json_edit_the_same_spec_without_loss(page: Page, stack: RealStack) -> None:
    expected_answers(page, 422)
    await begin(page, "campaign", "Both Ways")
    await page.get_by_role("radio", name="Pulse").check()
    await expect(page.get_by_label("Name", exact=True)).to_have_value("Both Ways")
    await page.get_by_label("Goal", exact=True).fill("Calm")
    view = page.get_by_role("group", name="View")
    await view.get_by_role("button", name="JSON").click()
    text = page.get_by_label("Specification (JSON)")
    await expect(text).to_have_value(re.compile('"goal": "Calm"'))
    await text.fill('{"goal": "Calm", ')
    await view.get_by_role("button", name="Form").click()
    await expect(text).to_be_focused()
    await text.fill('{"goal": "Calm", "members": [{"agent": "no-such-agent"}], "later": 1}')
    await view.get_by_role("button", name="Form").click()
    await expect(page.get_by_text("No agent has the slug “no-such-agent”.")).to_be_visible()
    await choose(page.get_by_role("combobox", name="Agent"), "trend", "Trend Spotter")
    await page.get_by_role("button", name="Create").click()
    await expect(page.get_by_role("alert", name="Errors")).to_contain_text("Later: There is no such field.")


async def test_leaving_with_unsaved_changes_asks_first(page: Page) -> None:
    await begin(page, "agent", "Half Written")
    await page.get_by_role("link", name="Runs").click()
    dialog = page.get_by_role("dialog", name="Leave without saving?")
    await dialog.get_by_role("button", name="Stay").click()
    await expect(page.get_by_label("Name", exact=True)).to_have_value("Half Written")
    await page.get_by_role("button", name="Cancel").click()
    await dialog.get_by_role("button", name="Discard changes").click()
    await expect(page.get_by_role("heading", name="Primitives")).to_be_visible()


async def with_agents(page: Page, names: list[str]) -> None:
    """Answer the list of agents with these."""
    items = [{"id": name, "slug": name.lower().replace(" ", "-"), "name": name} for name in names]

    async def answer(route: Route) -> None:
        await route.fulfill(json={"items": items, "nextCursor": None})

    await page.route(re.compile(r"/api/primitives\?.*kind=agent"), answer)


async def test_without_agents_there_is_a_link_to_create_one(page: Page) -> None:
    await with_agents(page, [])
    await page.goto("/primitives/new?kind=network")
    await expect(page.get_by_role("combobox", name="Member 1")).to_have_value("")
    await page.get_by_role("link", name="Create the first one").click()
    await expect(page.get_by_role("radio", name="Agent", exact=True)).to_be_checked()


async def test_one_of_hundreds_of_agents_is_found_by_typing(page: Page) -> None:
    await with_agents(page, [f"Worker {number}" for number in range(400)])
    await page.goto("/primitives/new?kind=network")
    member = page.get_by_role("combobox", name="Member 1")
    await member.click()
    await expect(page.get_by_text("350 more. Type to narrow the list.")).to_be_visible()
    await member.press_sequentially("worker-399")
    await member.press("Enter")
    await expect(member).to_have_value("Worker 399")
    await member.press("ArrowDown")
    await expect(page.get_by_role("option").first).to_be_visible()
    await member.press("Escape")
    await expect(member).to_have_value("Worker 399")


@pytest.mark.parametrize("kind", ["agent", "workflow", "network", "campaign", "pulse"])
async def test_the_editor_of_every_kind_is_accessible(page: Page, kind: str) -> None:
    await page.goto(f"/primitives/new?kind={kind}")
    await settled(page)
    for summary in await page.locator("summary").all():
        await summary.click()
    if kind != "agent":
        await page.get_by_role("combobox", name=re.compile("Agent|Member")).first.click()
        await expect(page.get_by_role("option").first).to_be_visible()
    violations = (await Axe().run(page)).response["violations"]
    assert not violations, "\n".join(told(violation) for violation in violations)


async def test_two_who_edit_a_primitive_do_not_overwrite_each_other(page: Page, stack: RealStack) -> None:
    expected_answers(page, 412)
    await begin(page, "agent", "Shared Agent")
    await page.get_by_role("radio", name=re.compile("^Simulated")).check()
    await create(page, "Shared Agent")
    await page.get_by_role("link", name="Edit").click()
    await page.get_by_label("Capacity").fill("3")
    async with stack.client() as client:
        theirs = {"name": "Theirs", "description": "Changed meanwhile"}
        assert (await client.patch("/api/primitives/shared-agent", json=theirs)).status_code == 200
    await page.get_by_role("button", name="Save").click()
    conflict = page.get_by_role("alert").filter(has_text="Someone changed this agent")
    await expect(conflict).to_contain_text("They changed: Name, Description.")
    await expect(page.get_by_role("button", name="Save")).to_be_disabled()
    await conflict.get_by_role("button", name="Keep my changes on top of theirs").click()
    await expect(page.get_by_label("Name", exact=True)).to_have_value("Theirs")
    await expect(page.get_by_label("Capacity")).to_have_value("3")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("heading", name="Theirs", exact=True)).to_be_visible()
    assert (await stored(stack, "agent", "shared-agent"))["capacity"] == 3
