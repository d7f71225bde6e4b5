"""`podium what-if` on a real API: edits by options and from a file, and what is wrong with them."""

import json
from pathlib import Path

import pytest

from models.errors import PodiumError
from tests.commands.conftest import Podium

PLATFORM = """
project: mine
primitives:
  - {kind: agent, slug: scout, name: Scout, spec: {runner: {type: simulated, durationMs: 60000}, capacity: 1}}
automations:
  - &one
    slug: one
    name: One
    primitive: {kind: agent, slug: scout}
    source: schedule
    schedule: {cronExpr: "0 * * * *", timezone: UTC, overlap: allow_all}
    budgetUsdMonth: "5"
    spreadMinutes: 20
  - {<<: *one, slug: two, name: Two}
"""

EDITS = """
hours: 6
changes:
  - automation: one
    schedule: {cronExpr: "30 * * * *"}
additions:
  - name: Third
    primitive: {kind: agent, slug: scout}
    source: event
    assume: {arrivalsPerHour: 20}
"""


@pytest.fixture
def platform(podium: Podium, tmp_path: Path) -> None:
    file = tmp_path / "platform.yaml"
    file.write_text(PLATFORM)
    podium("apply", str(file))


@pytest.mark.usefixtures("platform")
def test_options_say_what_to_try(podium: Podium) -> None:
    moved = podium("what-if", "--automation", "one", "--cron", "30 * * * *", "--tz", "UTC", "--hours", "6").output
    assert "Longest wait" in moved
    assert "60 s" in moved or "1 min" in moved
    assert "Budget of One: $5.00 a month, lasts" in moved
    assert "! Assumed for One: 1 min a run, as its simulated agent is set" in moved
    options = ("--pause", "two", "--capacity", "scout=none", "--json")
    found = json.loads(podium("what-if", *options).output)
    assert [(one["before"]["capacity"], one["after"]["capacity"]) for one in found["agents"]] == [(1, None)]
    assert found["after"]["waits"]["longestMs"] == 0
    limit = json.loads(podium("what-if", "--automation", "one", "--flow-control", "null", "--json").output)
    assert limit["before"] == limit["after"]
    plan = json.loads(podium("spread", "plan", "--tz", "UTC", "--json").output)
    spread = json.loads(podium("what-if", "--spread", plan["planId"], "--json").output)
    assert spread["after"]["waits"]["longestMs"] < spread["before"]["waits"]["longestMs"]


@pytest.mark.usefixtures("platform")
def test_a_file_has_all_that_the_api_takes_and_errors_name_its_line(podium: Podium, tmp_path: Path) -> None:
    file = tmp_path / "edits.yaml"
    file.write_text(EDITS)
    found = json.loads(podium("what-if", str(file), "--json").output)
    assert {one["name"] for one in found["automations"] if one["edited"]} == {"One", "Third"}
    assert len(found["hours"]) == 6
    printed = podium("what-if", str(file)).output
    assert "Agent scout: capacity 1, 95 of 100 calls wait at most" in printed
    file.write_text(EDITS.replace("30 * * * *", "61 * * * *"))
    refused = podium("what-if", str(file), fails=True).exception
    assert isinstance(refused, PodiumError)
    assert f"{file}:5: changes[0].schedule.cronExpr" in refused.detail
    file.write_text("[1, 2]")
    refused = podium("what-if", str(file), fails=True).exception
    assert isinstance(refused, PodiumError)
    assert "must be a mapping" in refused.detail


def test_what_does_not_fit_together_is_refused(podium: Podium) -> None:
    for options, told in (
        (("--cron", "0 0 * * *"), "name the automation"),
        (("--capacity", "scout"), "AGENT=NUMBER"),
    ):
        assert told in podium("what-if", *options, fails=True).output
    nothing = podium("what-if", fails=True).exception
    assert isinstance(nothing, PodiumError)
    assert "give at least one" in nothing.detail
