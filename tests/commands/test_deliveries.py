"""`podium deliveries` and `podium replays` on a real API."""

import json
import re
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
    event: {name: order.created, filter: payload.total > 10}
"""


def test_deliveries_are_listed_shown_and_replayed(podium: Podium, tmp_path: Path) -> None:
    file = tmp_path / "podium.yaml"
    file.write_text(PLATFORM)
    podium("apply", str(file))
    for total in (7, 11, 12):
        podium("event", "order.created", "--payload", json.dumps({"total": total}))
    podium("pause", "on-order")
    podium("event", "order.created", "--payload", json.dumps({"total": 13}))

    listed = podium("deliveries", "list").output
    assert listed.count("event:order.created") == 4
    dead = json.loads(podium("deliveries", "list", "--dead", "--since", "1h", "--json").output)["items"]
    assert [one["deadReason"] for one in dead] == ["paused"]
    filtered = json.loads(podium("deliveries", "list", "--outcome", "filtered", "--json").output)["items"]
    shown = podium("deliveries", "show", filtered[0]["id"]).output
    assert "on-order filtered" in shown
    assert '"total": 7' in shown
    paused = podium("deliveries", "show", dead[0]["id"]).output
    assert re.search(r"on-order paused, run \S+ skipped \(paused\)", paused)
    assert "Dead letter: paused" in paused
    assert "No request was refused" in podium("deliveries", "refused").output

    assert "give a delivery" in podium("deliveries", "replay", fails=True).output
    assert "not both" in podium("deliveries", "replay", dead[0]["id"], "--dead", fails=True).output
    counted = podium("deliveries", "replay", "--dead", "--dry-run").output
    assert "1 delivery to replay." in counted
    assert "event:order.created: 1" in counted
    podium("resume", "on-order")
    started = podium("deliveries", "replay", "--dead", "--yes", "--rate", "120", "--reason", "back").output
    replay = re.search(r"replay (\S+) running: 0 of 1, 120 per minute", started)
    assert replay
    assert "0/1" in podium("replays", "list").output
    assert "paused" in podium("replays", "pause", replay[1]).output
    assert "30 per minute" in podium("replays", "rate", replay[1], "30").output
    assert "cancelled: 1 of 1" in podium("replays", "cancel", replay[1]).output
    assert "1 cancelled" in podium("replays", "show", replay[1]).output
    assert "already cancelled" in str(podium("replays", "resume", replay[1], fails=True).exception)
    assert "0 deliveries" in podium("deliveries", "replay", "--reason", "none", "--outcome", "rejected", "-y").output
