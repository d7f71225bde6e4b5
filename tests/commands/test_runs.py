"""`podium runs` finds and counts runs by the filters of the API."""

import json
from pathlib import Path
from typing import Any

from tests.commands.conftest import Podium

PLATFORM = """
primitives:
  - {kind: agent, slug: scout, name: Scout, spec: {runner: {type: simulated, durationMs: 1}}}
  - {kind: pulse, slug: growth, name: Growth, spec: {goal: x, members: [{agent: scout, weight: 1}]}}
automations:
  - {slug: by-hand, name: By hand, primitive: {kind: agent, slug: scout}, source: manual}
  - {slug: other, name: Other, primitive: {kind: pulse, slug: growth}, source: manual}
"""


def found(podium: Podium, *words: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = json.loads(podium("runs", "--json", *words).stdout)["items"]
    return items


def test_runs_are_found_and_counted_by_every_filter(podium: Podium, tmp_path: Path) -> None:
    declared = tmp_path / "podium.yaml"
    declared.write_text(PLATFORM)
    podium("apply", str(declared))
    for slug in ("by-hand", "by-hand", "other"):
        podium("fire", slug)
    podium("execute", "agent", "scout")
    newest = found(podium)[0]
    for words, count in (
        ((), 4),
        (("--status", "open", "--since", "1h"), 4),
        (("--status", "ended"), 0),
        (("--automation", "by-hand", "--automation", "other"), 3),
        (("--primitive", "growth"), 1),
        (("--source", "direct", "--roots"), 1),
        (("--source", "direct", "--kind", "pulse"), 0),
        (("--simulated", "--no-intervened", "--no-forced"), 4),
        (("--min-duration", "1s", "--max-duration", "1h30m"), 0),
        (("--min-cost", "0.5", "--max-cost", "2"), 0),
        (("--error-type", "agent_timed_out"), 0),
        (("--reason", "paused", "--model", "none"), 0),
        (("--root", newest["id"]), 1),
        (("--rerun-of", newest["id"]), 0),
        (("--find", newest["id"][:23]), None),
        (("--find", "other"), 1),
        (("--until", "1h"), 0),
        (("--limit", "2"), 2),
    ):
        items = found(podium, *words)
        assert len(items) == count or (count is None and newest["id"] in {one["id"] for one in items}), words
    counted = podium("runs", "--counts").stdout
    assert "4 runs" in counted
    assert "Growth" in counted
    assert json.loads(podium("runs", "--counts", "--kind", "pulse", "--json").stdout)["total"]["count"] == 1
    assert "is no length of time" in podium("runs", "--min-duration", "soon", fails=True).output
    assert "there is no automation" in str(podium("runs", "--automation", "nobody", fails=True).exception)
