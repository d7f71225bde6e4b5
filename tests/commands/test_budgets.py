"""`podium budgets`, and budgets in files."""

import json
from pathlib import Path
from typing import Any

from models.errors import NotFound
from tests.commands.conftest import Podium

DECLARED = """
primitives:
  - {kind: agent, slug: scout, name: Scout, spec: {runner: {type: simulated}}}
automations:
  - {slug: a, name: Alpha, primitive: {kind: agent, slug: scout}, source: manual, budgetUsdMonth: "2"}
budgets:
  - {scope: all, limitUsdMonth: "500"}
  - {scope: automation, target: a, limitUsdMonth: "2", action: warn, warnAtPercent: [50, 75]}
"""


def budgets(podium: Podium) -> dict[str, dict[str, Any]]:
    found = json.loads(podium("budgets", "list", "--json").stdout)
    return {one["target"] or "all": one for one in found["items"]}


def test_budgets_are_set_listed_and_removed(podium: Podium, tmp_path: Path) -> None:
    file = tmp_path / "podium.yaml"
    file.write_text(DECLARED)
    assert "budget" in podium("apply", str(file), "--project", "growth").stdout
    podium("budgets", "set", "agent", "100", "--warn-at", "60", "--timezone", "Europe/Berlin")
    podium("budgets", "set", "agent/scout", "20.50", "--action", "warn", "--estimate", "0.05")
    podium("budgets", "set", "automation/a", "3")
    found = budgets(podium)
    assert {target: one["limitUsdMonth"] for target, one in found.items()} == {
        "all": "500",
        "agent": "100",
        "agent/scout": "20.5",
        "a": "3",
    }
    assert (found["agent"]["warnAtPercent"], found["agent"]["timezone"]) == ([60], "Europe/Berlin")
    assert (found["agent/scout"]["action"], found["agent/scout"]["estimateUsd"]) == ("warn", "0.05")
    assert (found["a"]["warnAtPercent"], found["a"]["action"]) == ([50, 75], "warn")
    podium("budgets", "set", "agent/scout", "21", "--estimate", "none")
    assert budgets(podium)["agent/scout"]["estimateUsd"] is None
    lines = [line.strip() for line in podium("budgets", "list").stdout.splitlines()]
    names = [line[: line.index("  ")] for line in lines[2:] if "  " in line]
    assert names == ["All runs", "All agents", "Scout", "Alpha"]
    assert "$100.00" in next(line for line in lines if line.startswith("All agents"))
    exported = podium("export").stdout
    file.write_text(exported)
    assert "limitUsdMonth: '21'" in exported or 'limitUsdMonth: "21"' in exported
    assert "unchanged" in podium("apply", str(file), "--project", "growth", "--dry-run").stdout
    assert "Scout is removed" in podium("budgets", "remove", "agent/scout").stdout
    assert "agent/scout" not in budgets(podium)
    refused = podium("budgets", "remove", "agent/scout", fails=True).exception
    assert isinstance(refused, NotFound)
