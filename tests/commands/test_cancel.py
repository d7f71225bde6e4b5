"""`podium cancel` of many runs on a real API."""

import json
from pathlib import Path

from tests.commands.conftest import Podium
from tests.commands.test_errors import PLATFORM


def test_many_runs_are_counted_and_cancelled(podium: Podium, tmp_path: Path) -> None:
    file = tmp_path / "podium.yaml"
    file.write_text(PLATFORM + "    flowControl: {concurrency: {limit: 1}}\n")
    podium("apply", str(file))
    assert "0 open runs to cancel." in podium("cancel", "--filter", "automation=on-order").output
    for _ in range(3):
        podium("event", "order.created")
    counted = podium("cancel", "--filter", "automation=on-order", "--dry-run").output
    assert "3 open runs to cancel (3 queued)." in counted
    ids = json.loads(podium("cancel", "--filter", "status=queued", "--dry-run", "--json").output)["runIds"]
    # The first one has been given to Temporal; the others wait in the queue, and no worker is needed to cancel them.
    done = podium("cancel", "--filter", "automation=on-order", "--yes", "--reason", "a mistake").output
    assert f"Cancelled {len(ids)} runs." in done
    found = json.loads(podium("runs", "--automation", "on-order", "--json").output)["items"]
    assert {one["status"] for one in found} == {"cancelled"}
    assert {one["reason"] for one in found} == {"a mistake"}
    assert "one of the two" in podium("cancel", fails=True).output
    assert "one of the two" in podium("cancel", ids[0], "--filter", "status=queued", fails=True).output
