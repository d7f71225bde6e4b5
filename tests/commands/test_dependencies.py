"""`podium dependencies` edits edges, and pausing, archiving and disabling ask first where something depends on it."""

import json
from pathlib import Path

import pytest

from tests.commands.conftest import Podium

DECLARED = """
primitives:
  - {kind: agent, slug: scout, name: Scout, spec: {runner: {type: simulated}}}
automations:
  - slug: synthesis-engine
    name: Synthesis Engine
    primitive: {kind: agent, slug: scout}
    source: schedule
    schedule: {cronExpr: 0 22 * * *, timezone: UTC}
  - slug: bridge-builder
    name: Bridge Builder
    primitive: {kind: agent, slug: scout}
    source: manual
    dependencies:
      - {dependsOn: synthesis-engine, note: the picture of the day}
"""


@pytest.fixture
def declared(podium: Podium, tmp_path: Path) -> Podium:
    file = tmp_path / "podium.yaml"
    file.write_text(DECLARED)
    assert "bridge-builder -> synthesis-engine" in podium("apply", str(file)).stdout
    assert "unchanged" in podium("apply", str(file)).stdout
    return podium


def state(podium: Podium, slug: str) -> bool:
    return bool(json.loads(podium("show", slug, "--json").stdout)["isActive"])


def test_pausing_asks_with_what_depends_on_it_and_yes_does_not(declared: Podium) -> None:
    refused = declared("pause", "synthesis-engine", fails=True)
    assert refused.exit_code == 1
    assert "! Bridge Builder (bridge-builder) depends on Synthesis Engine" in refused.stderr
    assert "1 within 24 hours, 7 within 7 days" in refused.stderr
    assert state(declared, "synthesis-engine")
    assert declared("archive", "synthesis-engine", fails=True).exit_code == 1
    told = declared("bulk", "pause", "synthesis-engine", fails=True)
    assert (told.exit_code, "! Bridge Builder" in told.stderr) == (1, True)
    disabled = declared("primitives", "disable", "scout", fails=True)
    assert (disabled.exit_code, "! Synthesis Engine (synthesis-engine) runs Scout" in disabled.stderr) == (1, True)
    assert "is disabled" in declared("primitives", "disable", "scout", "--yes").stdout
    assert "! Bridge Builder" in declared("primitives", "impact", "scout").stdout
    assert "is enabled" in declared("primitives", "enable", "scout").stdout
    assert "is paused" in declared("pause", "synthesis-engine", "--yes").stdout
    assert "is paused" in declared("pause", "bridge-builder").stdout, "nothing depends on it"


def test_edges_are_added_changed_listed_and_removed(declared: Podium) -> None:
    edge = ("bridge-builder", "synthesis-engine")
    changed = declared("dependencies", "change", *edge, "--fire-when", "finished", "--pass-payload")
    assert "when finished, with its output" in changed.stdout
    assert "when finished, with its output" in declared("dependencies", "list").stdout
    assert "(when finished)" in declared("show", "synthesis-engine").stdout
    told = declared("impact", "synthesis-engine").stdout
    assert "is fired when Synthesis Engine has finished; loses up to 1 fires in 24 hours, 7 in 7 days" in told
    assert "never" in declared("dependencies", "change", *edge, "--fire-when", "never").stdout
    declared("dependencies", "remove", *edge)
    assert declared("dependencies", "remove", *edge, fails=True).exit_code != 0
    declared("dependencies", "add", *edge, "--fire-when", "completed")
    loop = declared("dependencies", "add", *reversed(edge), fails=True)
    assert "synthesis-engine cannot depend on bridge-builder: bridge-builder depends on synthesis-engine" in str(
        loop.exception
    )
    exported = declared("export").stdout
    assert exported.count("dependsOn: synthesis-engine") == 1
    assert "fireWhen: completed" in exported
