"""`podium control`: is my system healthy, and what needs me?"""

from datetime import datetime
from typing import Any

import typer

from commands.console import output
from commands.console.api_client import api, send
from commands.console.filters import Zone, zone_or_local
from commands.console.output import AsJson
from models.kinds import KINDS, Kind
from models.rules.number_format import duration, percent
from models.states import HealthState

app = typer.Typer()

STYLES = {
    HealthState.HEALTHY: "green",
    HealthState.DEGRADED: "yellow",
    HealthState.UNHEALTHY: "bold red",
    HealthState.UNKNOWN: "bold magenta",
    HealthState.IDLE: "dim",
    HealthState.EMPTY: "dim",
}
FAILED = frozenset({HealthState.UNHEALTHY, HealthState.UNKNOWN})


@app.command()
def control(tz: Zone = None, as_json: AsJson = False) -> None:
    """Say whether everything is healthy, why not, and what needs somebody.

    The exit code is 1 if it is unhealthy, or if that is not known: for scripts.
    """
    with api() as client:
        # A script that has changed something wants to know how things are now.
        client.headers["cache-control"] = "no-cache"
        found = send(client, "GET", "/api/live/control", params={"tz": zone_or_local(tz)})
    output.show(found, as_json, _print)
    if HealthState(found["verdict"]) in FAILED:
        raise typer.Exit(1)


def _print(found: dict[str, Any]) -> None:
    out = output.console()
    out.print(found["sentence"], style=STYLES[HealthState(found["verdict"])], markup=False)
    if found["needsYou"]:
        out.print("\nNeeds you", style="bold")
        for one in found["needsYou"]:
            out.print(f"  {one['text']}{_since(one['since'], found['asOf'])}", markup=False)
        if found["needsYouLeftOut"]:
            out.print(f"  and {found['needsYouLeftOut']:,} more")
    out.print()
    out.print(_kinds(found))


def _kinds(found: dict[str, Any]) -> Any:
    table = output.table()
    table.add_column("Last 24 h", no_wrap=True)
    for name in ("Runs", "Completed", "Failed", "Skipped", "Missed", "Success", "p95 wait"):
        table.add_column(name, justify="right")
    table.add_column("")
    for one in found["kinds"]:
        counts = [f"{one[name]:,}" for name in ("runs", "completed", "failed", "skipped", "missed")]
        rate = "" if one["successRate"] is None else percent(one["successRate"])
        wait = "" if one["waitP95Ms"] is None else duration(one["waitP95Ms"])
        state = HealthState(one["verdict"])
        name = KINDS[Kind(one["kind"])].plural.capitalize()
        table.add_row(name, *counts, rate, wait, f"[{STYLES[state]}]{state.value}[/]")
    return table


def _since(at: str | None, now: str) -> str:
    if at is None:
        return ""
    waited = datetime.fromisoformat(now) - datetime.fromisoformat(at)
    return f", since {duration(waited.total_seconds() * 1000)}"
