"""A change of a workflow's commands breaks runs in progress; this test reports it before a deployment.

The fingerprint of a Temporal workflow is the list of the commands that its source reaches. It is coarse: it cannot tell
whether a change is safe, only that somebody must check.
"""

import json
from pathlib import Path

import pytest

from tests.architecture.source import ROOT
from tests.workflows.versions.fingerprinting import fingerprints, unreached

FINGERPRINTS = Path(__file__).with_name("fingerprints.json")
FOLDER = ROOT / "workflows"
SOURCES = {
    ".".join(path.relative_to(FOLDER).with_suffix("").parts): path.read_text() for path in sorted(FOLDER.rglob("*.py"))
}
KINDS_WITH_CHILDREN = {"campaign", "network", "pipeline"}
KINDS = KINDS_WITH_CHILDREN | {"agent", "pulse"}
WITH_CHILDREN = KINDS_WITH_CHILDREN | {"map_batch"}
WORKFLOWS = KINDS | {"admission", "map_batch", "notices", "replays", "schedule_sync", "sweep"}
ADVICE = """The commands of {name} have changed. A run that was started before replays its history against the new code.
1. Is the change reachable for a run that has started? Gate it: `if workflow.patched("what-changed"): new else: old`.
2. Record histories of the new code: cd tests/workflows/versions; python -m pytest test_replay.py --record-histories
3. Accept the new fingerprint: there, python -m pytest test_fingerprints.py --accept-fingerprints"""

SMALL = {
    "base": """
class Base:
    async def live(self, body):
        await workflow.execute_local_activity_method(Rows.open_run)
        await _through(body, self)
        await workflow.execute_local_activity_method(Rows.close_run)

    async def marked(self):
        await workflow.execute_local_activity_method(Rows.mark_run)
        yield
        await workflow.execute_local_activity_method(Rows.mark_run)

async def _through(body, life):
    await body(life)
""",
    "helpers": """
async def child(life, agent):
    async with life.marked():
        await workflow.execute_child_workflow(Agent.run, agent)
""",
    "kind": """
from workflows.base import Base
from workflows.helpers import child as run_child

@workflow.defn(name="kind")
class KindRun(Base):
    @workflow.run
    async def run(self):
        return await self.live(self._body)

    @workflow.signal
    async def hurry(self):
        workflow.upsert_search_attributes([])

    async def _body(self, run):
        async def one(agent):
            await run_child(self, agent)

        await workflow.sleep(1)
        await asyncio.gather(*(one(agent) for agent in "ab"))
        await workflow.wait_condition(lambda: True, timeout=5)
""",
}


def edited(sources: dict[str, str], name: str, old: str, new: str) -> dict[str, str]:
    assert sources[name].count(old) == 1, f"{old!r} in {name}"
    return {**sources, name: sources[name].replace(old, new)}


def changed_by(name: str, old: str, new: str) -> set[str]:
    """Return the workflows whose fingerprint an edit of this file changes."""
    before, after = fingerprints(SOURCES), fingerprints(edited(SOURCES, name, old, new))
    return {workflow for workflow in before if before[workflow] != after[workflow]}


@pytest.mark.parametrize("name", sorted(WORKFLOWS))
def test_the_fingerprints_are_unchanged(name: str, request: pytest.FixtureRequest) -> None:
    known = json.loads(FINGERPRINTS.read_text()) if FINGERPRINTS.exists() else {}
    found = fingerprints(SOURCES)[name]
    if request.config.getoption("accept_fingerprints"):
        kept = {one: known[one] for one in known if one in WORKFLOWS}
        FINGERPRINTS.write_text(json.dumps({**kept, name: found}, indent=2, sort_keys=True) + "\n")
        return
    assert found == known.get(name), ADVICE.format(name=f"workflows/{name}.py")


def test_every_workflow_has_a_fingerprint_and_every_command_is_in_one() -> None:
    assert fingerprints(SOURCES).keys() == WORKFLOWS
    assert unreached(SOURCES) == []


def test_helpers_base_classes_passed_functions_and_blocks_are_followed_in_order() -> None:
    assert fingerprints(SMALL) == {
        "kind": [
            "execute_local_activity_method(Rows.open_run)",
            "sleep",
            "execute_local_activity_method(Rows.mark_run)",
            "execute_child_workflow(Agent.run)",
            "execute_local_activity_method(Rows.mark_run)",
            "wait_condition(timeout)",
            "execute_local_activity_method(Rows.close_run)",
            "upsert_search_attributes",
        ]
    }
    assert unreached(SMALL) == []


def test_a_command_that_the_walk_cannot_follow_is_named() -> None:
    hidden = SMALL["helpers"] + "\nclass Hidden:\n    async def wait(self):\n        await workflow.sleep(1)\n"
    assert unreached({**SMALL, "helpers": hidden}) == ["helpers:8"]


def test_a_moved_sleep_changes_the_fingerprint() -> None:
    late = edited(SMALL, "kind", "        await workflow.sleep(1)\n", "")
    late["kind"] += "        await workflow.sleep(1)\n"
    before, after = fingerprints(SMALL)["kind"], fingerprints(late)["kind"]
    assert sorted(before) == sorted(after)
    assert before != after


def test_an_added_child_in_a_campaign_changes_only_the_campaign() -> None:
    report = "        return after_action_report(spec, self._missions)"
    child = '        await child_step(self, new_child("a", "b", None), mission_step(self._missions[0], None))\n'
    assert changed_by("campaign", report, child + report) == {"campaign"}


def test_a_changed_helper_changes_every_workflow_that_uses_it() -> None:
    write = "    await life.steps(begun)\n"
    assert changed_by("steps.child_steps", write, "") == WITH_CHILDREN
    await_child = "return await workflow.execute_child_workflow("
    assert changed_by("steps.children", await_child, f"await workflow.sleep(1)\n        {await_child}") == WITH_CHILDREN
    outcome = "        outcome = await self._outcome(run, body)\n"
    assert changed_by("runs.lifecycle", outcome, f"        await workflow.sleep(1)\n{outcome}") == KINDS
