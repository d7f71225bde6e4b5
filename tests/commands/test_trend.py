import json

from demo.recipe import ZONE
from tests.commands.conftest import Podium, with_demo


@with_demo
def test_the_past_of_the_demo_is_shown_day_by_day(podium: Podium) -> None:
    found = json.loads(podium("trend", "social-scout", "--days", "40", "--tz", ZONE, "--json").output)
    total = found["total"]
    listed = json.loads(podium("list", "--search", "Social Scout", "--json").output)["automations"]
    (shown,) = [one for one in listed if one["slug"] == "social-scout"]
    assert len(found["days"]) == 40
    assert total["failed"] == shown["stats"]["failedRuns"] >= 110
    assert total["severity"] == "failing"
    assert sum(day["started"] for day in found["days"]) == total["started"]
    printed = podium("trend", "social-scout", "--days", "7", "--tz", ZONE).output
    assert "Completed" in printed
    assert "█" in printed
    assert (
        len([line for line in printed.splitlines() if line.strip().startswith(("Mon", "Tue", "Wed", "Thu", "Fri"))])
        == 5
    )


@with_demo
def test_an_unknown_cost_is_shown_as_unknown(podium: Podium) -> None:
    assert "and more" in podium("trend", "citation-librarian", "--tz", ZONE).output
