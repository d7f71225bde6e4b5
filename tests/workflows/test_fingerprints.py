"""A change of a workflow's commands breaks runs that are under way: this test says so before they do.

The fingerprint of a workflow file is the order in which its source names commands. It is coarse: it cannot tell
whether a change is safe, only that somebody must think about it.
"""

import ast
import json
from pathlib import Path

import pytest

from tests.architecture.source import ROOT

FINGERPRINTS = Path(__file__).with_name("fingerprints.json")
COMMANDS = {
    "continue_as_new",
    "execute_activity_method",
    "execute_child_workflow",
    "execute_local_activity_method",
    "patched",
    "sleep",
    "upsert_search_attributes",
    "uuid4",
    "wait_condition",
}
ADVICE = """The commands of {name} have changed. A run that was started before replays its history against the new code.
1. Is the change reachable for a run that is under way? Gate it: `if workflow.patched("what-changed"): new else: old`.
2. Record histories of the new code: python -m pytest tests/workflows/test_replay.py --record-histories
3. Accept the new fingerprint:       python -m pytest tests/workflows/test_fingerprints.py --accept-fingerprints"""


def fingerprint(path: Path) -> list[str]:
    """Give the commands that a workflow file names, in the order of the source."""
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    found = []
    for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
        function = call.func
        if isinstance(function, ast.Attribute) and function.attr in COMMANDS:
            first = ast.unparse(call.args[0]) if call.args else ""
            found.append(f"{function.attr}({first})" if "execute" in function.attr else function.attr)
    return found


@pytest.mark.parametrize("name", sorted(path.stem for path in (ROOT / "workflows").glob("*.py")))
def test_the_commands_are_those_that_runs_under_way_expect(name: str, request: pytest.FixtureRequest) -> None:
    known = json.loads(FINGERPRINTS.read_text()) if FINGERPRINTS.exists() else {}
    found = fingerprint(ROOT / "workflows" / f"{name}.py")
    if request.config.getoption("accept_fingerprints"):
        FINGERPRINTS.write_text(json.dumps({**known, name: found}, indent=2, sort_keys=True) + "\n")
        return
    assert found == known.get(name), ADVICE.format(name=f"workflows/{name}.py")
