"""`podium queue` shows, releases and clears what flow control holds; files declare flow control."""

import json
from pathlib import Path

from tests.commands.conftest import Podium

FILE = """
project: growth
primitives:
  - {kind: agent, slug: scout, name: Scout, spec: {runner: {type: simulated}}}
automations:
  - slug: orders
    name: Orders
    primitive: {kind: agent, slug: scout}
    source: manual
    flowControl:
      concurrency: {limit: 2, key: payload.customer, perKey: 1}
      priority: "payload.urgent ? 300 : 0"
"""


def declared(podium: Podium, tmp_path: Path, text: str = FILE, *words: str) -> str:
    file = tmp_path / "some.yaml"
    file.write_text(text)
    return podium("apply", str(file), *words).output


def fire(podium: Podium, customer: str) -> str:
    payload = json.dumps({"customer": customer, "urgent": False})
    return podium("fire", "orders", "--payload", payload).output


def test_the_queue_is_shown_released_and_cleared(podium: Podium, tmp_path: Path) -> None:
    declared(podium, tmp_path)
    assert podium("queue", "orders").stdout == "0 waiting; 0 running.\n"
    fire(podium, "acme")
    assert "(waiting: concurrency, number 1 in the queue)" in fire(podium, "acme")
    for customer in ("acme", "globex", "globex"):
        fire(podium, customer)
    shown = podium("queue", "orders").stdout
    assert shown.startswith("3 waiting, the oldest for ")
    assert "concurrency" in shown
    runs = json.loads(podium("queue", "orders", "--json").stdout)["runs"]
    listed = podium("runs", "--held").stdout
    assert all(one["runId"] in listed for one in runs)
    assert "queued (waiting: concurrency)" in listed
    assert "number 3 in the queue" in podium("run", runs[2]["runId"], "--no-follow").stdout

    assert podium("queue", "orders", "--clear", "--all", "--dry-run").stdout == "3 runs would be cleared.\n"
    assert "1 run released." in podium("queue", "orders", "--release", "--run", runs[0]["runId"], "--yes").stdout
    cleared = podium("queue", "orders", "--clear", "--key", "acme", "--reason", "too late", "--yes").stdout
    assert cleared == "1 run cleared.\n"
    assert "skipped (cleared)" in podium("runs", "--status", "skipped").stdout
    assert "too late" in podium("audit", "--search", "too late").stdout
    assert podium("queue", "orders", "--clear", "--all", fails=True).exit_code != 0
    assert json.loads(podium("queue", "orders", "--json").stdout)["waiting"] == 1


def test_a_selection_needs_an_action_and_is_one_of_three(podium: Podium) -> None:
    for words in (
        ["--all"],
        ["--dry-run"],
        ["--clear"],
        ["--release", "--all", "--key", "a"],
        ["--release", "--clear"],
    ):
        assert podium("queue", "orders", *words, fails=True).exit_code == 2


def test_files_declare_flow_control_and_are_exported_as_applied(podium: Podium, tmp_path: Path) -> None:
    declared(podium, tmp_path)
    assert "flowControl" in podium("show", "orders").stdout
    exported = podium("export").stdout
    assert "payload.customer" in exported
    assert "unchanged" in declared(podium, tmp_path, exported, "--project", "growth", "--dry-run")
    changed = FILE.replace("limit: 2", "limit: 3")
    plan = json.loads(declared(podium, tmp_path, changed, "--dry-run", "--json"))
    assert "flowControl" in json.dumps(plan)
    declared(podium, tmp_path, changed)
    assert json.loads(podium("show", "orders", "--json").stdout)["flowControl"]["concurrency"]["limit"] == 3
    declared(podium, tmp_path, FILE.split("      priority:")[0])
    kept = json.loads(podium("show", "orders", "--json").stdout)["flowControl"]
    assert (kept["concurrency"]["perKey"], kept["priority"]) == (1, None)
    removed = FILE.split("    flowControl:")[0]
    declared(podium, tmp_path, removed)
    assert json.loads(podium("show", "orders", "--json").stdout)["flowControl"] is None


def test_an_error_of_flow_control_names_its_line(podium: Podium, tmp_path: Path) -> None:
    file = tmp_path / "some.yaml"
    file.write_text(FILE.replace("perKey: 1", "perKey: 5"))
    failed = podium("apply", str(file), fails=True)
    assert "some.yaml:11: automations[0].flowControl.concurrency.perKey: " in str(failed.exception)
