"""`podium backfill` and `podium rerun --filter` on a real API: shown, asked for, started, paused and cancelled."""

import json
from pathlib import Path

import pytest

from models.errors import PodiumError
from tests.commands.conftest import Podium

FILE = """
project: growth
primitives:
  - {kind: agent, slug: scout, name: Scout, spec: {runner: {type: simulated}}}
automations:
  - slug: hourly
    name: Hourly
    primitive: {kind: agent, slug: scout}
    source: schedule
    schedule: {cronExpr: "0 * * * *", timezone: UTC, catchup: last}
    isActive: false
"""
SPAN = ("--from", "2026-03-02T09:00+00:00", "--to", "2026-03-02T12:00+00:00")


@pytest.fixture(autouse=True)
def hourly(podium: Podium, tmp_path: Path) -> None:
    file = tmp_path / "some.yaml"
    file.write_text(FILE)
    podium("apply", str(file))


def test_a_backfill_is_shown_started_and_controlled(podium: Podium) -> None:
    shown = podium("backfill", "start", "hourly", *SPAN, "--dry-run").stdout
    assert "4 due times would run." in shown
    assert "Hourly is paused: the runs wait until it is resumed" in shown
    assert podium("backfill", "list", "--json").stdout.count('"id"') == 0
    started = podium("backfill", "start", "hourly", *SPAN, "--limit", "2", "--reason", "lost", "--yes").stdout
    backfill = json.loads(podium("backfill", "list", "--json").stdout)["items"][0]["id"]
    assert started.startswith(f"4 runs wait in backfill {backfill}.")
    assert "queued (waiting: backfill)" in podium("runs", "--backfill", backfill).stdout
    assert "No due time would run.\nLeft out: 4 are under way." in podium("backfill", "start", "hourly", *SPAN).stdout
    assert "Paused by administrator: later." in podium("backfill", "pause", backfill, "--reason", "later").stdout
    assert "4 runs: 4 pending." in podium("backfill", "limit", backfill, "3").stdout
    podium("backfill", "resume", backfill)
    assert "4 skipped" in podium("backfill", "cancel", backfill, "--yes").stdout
    assert "cancelled" in podium("backfill", "show", backfill).stdout
    assert "lost" in podium("audit", "--search", "lost").stdout
    assert podium("backfill", "resume", backfill, fails=True).exit_code != 0


def test_reruns_by_filter_are_counted_first(podium: Podium) -> None:
    podium("backfill", "start", "hourly", *SPAN, "--yes")
    backfill = json.loads(podium("backfill", "list", "--json").stdout)["items"][0]["id"]
    podium("backfill", "cancel", backfill, "--yes")
    wanted = ("--filter", "status=skipped", "--filter", "automation=hourly")
    assert "4 runs would run again." in podium("rerun", *wanted, "--dry-run").stdout
    started = podium("rerun", *wanted, "--yes").stdout
    assert started.startswith("4 runs wait in backfill ")
    for words in ((), ("--filter", "nonsense"), ("--filter", "from=x"), ("x", "--filter", "status=failed")):
        assert podium("rerun", *words, fails=True).exit_code == 2
    refused = podium("rerun", "--filter", "automation=hourly", "--dry-run", fails=True).exception
    assert isinstance(refused, PodiumError)
    assert refused.detail.startswith("say which runs")


def test_a_resume_may_say_what_to_catch_up_with(podium: Podium) -> None:
    shown = json.loads(podium("show", "hourly", "--json").stdout)
    assert (shown["config"]["catchup"], shown["schedule"]["catchup"]) == ("last", "last")
    assert "Hourly is active." in podium("resume", "hourly", "--catchup", "none").stdout
    assert "catchup: last" in podium("export").stdout
