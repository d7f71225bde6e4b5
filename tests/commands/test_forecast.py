"""Forecast commands on the demo, and how the terminal prints them."""

import json
from decimal import Decimal
from typing import Any

from demo.recipe import ZONE
from tests.commands.conftest import Podium, with_demo


def asked(podium: Podium, *words: str) -> Any:
    return json.loads(podium(*words, "--json").output)


@with_demo
def test_the_forecast_has_the_required_facts(podium: Podium) -> None:
    found = asked(podium, "density", "--tz", ZONE)
    assert found["peak"]["text"] == "10 at 22:00 (8 agents, 1 campaign, 1 pulse)"
    assert len(found["slots"]) == 24
    (evening,) = [slot for slot in found["slots"] if slot["start"] == found["peak"]["start"]]
    assert evening["weightedStarts"] > evening["starts"], "the campaign counts the agent runs that it causes"
    assert any(slot["expectedArrivals"] for slot in found["slots"])
    printed = podium("density", "--tz", ZONE).output
    assert "Peak: 10 at 22:00 (8 agents, 1 campaign, 1 pulse)" in printed
    campaigns = asked(podium, "density", "--tz", ZONE, "--primitive", "campaign")
    kinds = {kind for slot in campaigns["slots"] for kind, count in slot["byPrimitive"].items() if count}
    assert kinds == {"campaign"}

    week = asked(podium, "calendar", "--tz", ZONE, "--search", "Devil's Advocate")
    devils = [entry for entry in week["entries"] if entry["name"] == "Devil's Advocate"]
    assert len(devils) == len({entry["at"][:10] for entry in devils}) == 7, "one entry a day"
    tomorrow = devils[1]
    assert (tomorrow["count"], tomorrow["cadence"]) == (48, "Every 30 min, 48 a day")
    assert "Every 30 min, 48 a day" in podium("calendar", "--tz", ZONE).output
    first, second = (entry["at"][:10] for entry in devils[1:3])
    window = ("--from", first, "--to", second)
    expanded = asked(podium, "calendar", "--tz", ZONE, "--automation", "devils-advocate", *window)
    assert len(expanded["entries"]) == 48

    money = asked(podium, "costs")
    assert Decimal(money["total"]) == sum(map(Decimal, money["byPrimitive"].values()))
    assert Decimal(money["total"]) > 0
    assert Decimal(money["monthEnd"]) >= Decimal(money["spentThisMonth"])
    unknown = [one["slug"] for one in money["automations"] if one["estMonthlyCost"]["mean"] is None]
    assert len(unknown) == money["unknown"] > 0
    assert "citation-librarian" in unknown
    printed = podium("costs").output
    assert "The next month: $" in printed
    assert f"{money['unknown']} without cost data" in printed


def test_an_empty_forecast_is_reported(podium: Podium) -> None:
    assert "Nothing is scheduled to start." in podium("density", "--hours", "2").output
    assert "The next month: $0.00" in podium("costs").output
    printed = podium("calendar", "--from", "2026-03-28", "--to", "2026-03-30", "--tz", "Europe/Berlin").output
    assert "Sunday, 29 March 2026" in printed
    assert "clocks change by +60 min" in printed
    assert "Saturday, 28 March 2026" in printed
