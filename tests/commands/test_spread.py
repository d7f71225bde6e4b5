"""`podium spread` on a real API: a plan, its application, and the way back."""

import json
from pathlib import Path

import pytest

from models.errors import PodiumError
from tests.commands.conftest import Podium

SCHEDULES = """
project: mine
primitives:
  - {kind: agent, slug: scout, name: Scout, spec: {runner: {type: simulated}}}
automations:
  - &one
    slug: one
    name: One
    primitive: {kind: agent, slug: scout}
    source: schedule
    schedule: {cronExpr: "0 9 * * *", timezone: UTC}
    spreadMinutes: 20
  - {<<: *one, slug: two, name: Two}
  - {<<: *one, slug: three, name: Three}
  - {<<: *one, slug: four, name: Four, spreadMinutes: 0}
"""


@pytest.fixture
def schedules(podium: Podium, tmp_path: Path) -> None:
    file = tmp_path / "schedules.yaml"
    file.write_text(SCHEDULES)
    podium("apply", str(file))


@pytest.mark.usefixtures("schedules")
def test_a_plan_is_printed_applied_and_undone(podium: Podium) -> None:
    printed = podium("spread", "plan", "--tz", "UTC", "--forbid", "06:00-09:00").output
    assert "Busiest minute" in printed
    assert "would move" in printed
    assert "1 cannot move: declared" in printed
    assert "Nothing has changed yet." in printed
    plan = json.loads(podium("spread", "plan", "--tz", "UTC", "--forbid", "06:00-09:00", "--json").output)
    assert plan["planId"] in printed
    assert all(move["shiftMinutes"] > 0 for move in plan["moves"])
    applied = podium("spread", "apply", plan["planId"], "--yes").output
    assert f"{len(plan['moves'])} schedules moved" in applied
    assert f"podium spread undo {plan['planId']}" in applied
    moved = plan["moves"][0]
    assert json.loads(podium("show", moved["slug"], "--json").output)["config"]["cronExpr"] == moved["cronTo"]
    again = podium("spread", "apply", plan["planId"], "--yes", fails=True)
    assert isinstance(again.exception, PodiumError)
    assert "applied before" in again.exception.detail
    undone = json.loads(podium("spread", "undo", plan["planId"], "--yes", "--json").output)
    assert undone["undoneAt"]
    assert json.loads(podium("show", moved["slug"], "--json").output)["config"]["cronExpr"] == "0 9 * * *"


@pytest.mark.usefixtures("schedules")
def test_only_what_is_named_moves(podium: Podium) -> None:
    plan = json.loads(podium("spread", "plan", "one", "--target-minute", "3", "--json").output)
    assert {move["slug"] for move in plan["moves"]} == {"one"}
    assert "cannot be reached" in podium("spread", "plan", "one", "--target-minute", "1").output


def test_arguments_that_cannot_be_meant_are_refused(podium: Podium) -> None:
    assert "22:00-06:00" in podium("spread", "plan", "--forbid", "noon", fails=True).output
    assert "There is nothing to move." in podium("spread", "plan").output
