"""`podium errors` on a real API."""

import json
from pathlib import Path

from tests.commands.conftest import Podium

PLATFORM = """
primitives:
  - kind: agent
    slug: scout
    name: Scout
    spec: {runner: {type: simulated, durationMs: 1, seed: 7}}
automations:
  - slug: on-order
    name: On order
    primitive: {kind: agent, slug: scout}
    source: event
    event: {name: order.created}
"""


def test_errors_are_listed_shown_and_decided_about(podium: Podium, tmp_path: Path) -> None:
    assert "No run ended with an error" in podium("errors", "list").output
    file = tmp_path / "podium.yaml"
    file.write_text(PLATFORM)
    podium("apply", str(file))
    podium("pause", "on-order")
    for _ in range(3):
        podium("event", "order.created")
    listed = json.loads(podium("errors", "list", "--json").output)
    (group,) = listed["items"]
    assert (group["template"], group["outcome"], group["runs"], group["state"]) == ("paused", "skipped", 3, "open")
    key = group["key"]
    assert len(key) == 16
    text = podium("errors", "list", "--outcome", "skipped", "--since", "2h").output
    assert key in text
    assert "skipped: paused" in text
    assert "No run ended" in podium("errors", "list", "--outcome", "failed").output
    shown = podium("errors", "show", key).output
    assert "3 runs in this span, 0 in the one before, 3 in all" in shown
    assert "automation on-order" in shown
    assert "resolved: paused" in podium("errors", "resolve", key, "--reason", "wanted").output
    podium("event", "order.created")
    assert "regressed" in podium("errors", "show", key).output
    assert "ignored: paused" in podium("errors", "ignore", key, "--until", "2h").output
    assert "open: paused" in podium("errors", "reopen", key).output
    assert "16 hexadecimal digits" in str(podium("errors", "show", "zz", fails=True).exception)
    assert "there is no group of errors" in str(podium("errors", "show", "0" * 16, fails=True).exception)
    actions = json.loads(podium("audit", "--json").output)["items"]
    assert [one["action"] for one in actions[:3]] == ["error.reopened", "error.ignored", "error.resolved"]
    assert actions[2]["subject"]["name"] == "paused"
