"""`podium list` filters and sorts as the API does; `podium stats verify` reports differences."""

import json
from pathlib import Path

import psycopg

from runtime.settings import Settings
from tests.commands.conftest import Podium
from tests.support.servers import libpq_url

DECLARED = """
primitives:
  - {kind: agent, slug: scout, name: Scout, spec: {runner: {type: simulated}}}
  - {kind: pulse, slug: growth, name: Growth, spec: {goal: x, members: [{agent: scout, weight: 1}]}}
automations:
  - {slug: a, name: Ärger, primitive: {kind: agent, slug: scout}, source: manual}
  - slug: b
    name: Beta
    primitive: {kind: pulse, slug: growth}
    source: schedule
    schedule: {cronExpr: 0 22 * * *, timezone: UTC}
"""


def slugs(podium: Podium, *words: str) -> list[str]:
    found = json.loads(podium("list", "--json", *words).stdout)
    return [one["slug"] for one in found["automations"]]


def test_the_list_is_filtered_and_sorted(podium: Podium, tmp_path: Path) -> None:
    declared = tmp_path / "podium.yaml"
    declared.write_text(DECLARED)
    podium("apply", str(declared))
    assert slugs(podium, "--sort", "name") == ["a", "b"]
    assert slugs(podium, "--sort", "name", "--order", "desc") == ["b", "a"]
    assert slugs(podium, "--search", "arger") == ["a"]
    assert slugs(podium, "--primitive", "pulse", "--primitive", "network") == ["b"]
    assert slugs(podium, "--type", "schedule", "--agent", "scout") == ["b"]
    assert slugs(podium, "--severity", "failing") == []
    assert "Beta" in podium("list", "--sort", "nextRun").stdout


def test_a_search_lists_the_best_match_first_unless_it_is_sorted(podium: Podium, tmp_path: Path) -> None:
    declared = tmp_path / "podium.yaml"
    longer = "  - {slug: c, name: A beta of Beta, primitive: {kind: agent, slug: scout}, source: manual}\n"
    declared.write_text(DECLARED + longer)
    podium("apply", str(declared))
    assert slugs(podium, "--search", "beta") == ["b", "c"]
    assert slugs(podium, "--search", "beta", "--sort", "name") == ["c", "b"]


def test_bulk_pause_counts_first_and_can_be_undone(podium: Podium, tmp_path: Path) -> None:
    declared = tmp_path / "podium.yaml"
    declared.write_text(DECLARED)
    podium("apply", str(declared))
    assert "1 of 1 would be paused" in podium("bulk", "pause", "--primitive", "agent", "--dry-run").stdout
    assert slugs(podium, "--state", "paused") == []
    assert "2 of 2 paused" in podium("bulk", "pause", "--all", "--yes").stdout
    assert set(slugs(podium, "--state", "paused")) == {"a", "b"}
    assert podium("bulk", "resume", fails=True).exit_code == 2
    done = json.loads(podium("bulk", "resume", "a", "b", "--yes", "--json").stdout)
    assert done["changed"] == 2
    assert "is archived" in podium("archive", "a", "--yes").stdout
    assert "1 of 1 restored" in podium("bulk", "restore", "--all", "-y").stdout


def test_wrong_statistics_are_reported_and_repaired(podium: Podium, server: Settings, tmp_path: Path) -> None:
    declared = tmp_path / "podium.yaml"
    declared.write_text(DECLARED)
    podium("apply", str(declared))
    assert "0 figures differ" in podium("stats", "verify").stdout
    with psycopg.connect(libpq_url(server.database_url or "")) as connection:
        connection.execute("UPDATE automation_stats SET failed = 3")
    told = podium("stats", "verify", fails=True)
    assert told.exit_code == 1
    assert "2 figures differ" in told.stdout
    assert "all repaired" in podium("stats", "verify", "--repair").stdout
    assert "0 figures differ" in podium("stats", "verify").stdout
