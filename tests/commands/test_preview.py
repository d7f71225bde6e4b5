"""`podium preview`, `events` and `secret`."""

import json
from pathlib import Path

from tests.commands.conftest import Podium, with_demo

DRAFT = {"source": "event", "event": {"name": "order.created", "filter": "payload.total > 10"}}


def test_a_cron_expression_alone_is_previewed(podium: Podium) -> None:
    printed = podium("preview", "--cron", "30 2 * * *", "--tz", "Europe/Berlin").output
    assert "At 02:30" in printed
    assert "02:30 does not exist on this day; it fires at 03:00 instead." in printed
    assert "Peak in 24 hours: nothing -> 1 at 02:00 (1 agent)" in printed
    assert len(json.loads(podium("preview", "--cron", "@daily", "--json").output)["nextFires"]) == 10


def test_a_draft_is_tested_against_a_sample(podium: Podium, tmp_path: Path) -> None:
    draft = tmp_path / "draft.json"
    draft.write_text(json.dumps(DRAFT))
    asked = ("preview", "--draft", f"@{draft}")
    assert "The filter is valid; test it with --sample." in podium(*asked).output
    assert "The sample matches: it would run." in podium(*asked, "--sample", '{"total": 11}').output
    printed = podium(*asked, "--sample", '{"sum": 11}').output
    assert "The sample does not match: " in printed
    assert "total" in printed
    broken = json.dumps({**DRAFT, "event": {"name": "order.created", "filter": "payload.total >"}})
    assert (
        "The filter is not valid. The expression cannot be read at line 1"
        in podium("preview", "--draft", broken).output
    )


@with_demo
def test_events_and_secrets(podium: Podium) -> None:
    assert "listening" in podium("events").output
    assert podium("secret").output.startswith("whsec_")
