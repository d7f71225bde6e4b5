"""`podium trend`: one automation's results, day by day."""

from datetime import date
from typing import Annotated, Any

import typer

from commands.automations.arguments import Automation
from commands.console import output
from commands.console.api_client import api, part, send
from commands.console.filters import Zone, zone_or_local
from commands.console.output import AsJson
from models.rules.number_format import money, percent

app = typer.Typer()

BAR = 20


@app.command()
def trend(
    automation: Automation,
    days: Annotated[int, typer.Option(help="How many days, including today; up to 90.")] = 30,
    tz: Zone = None,
    as_json: AsJson = False,
) -> None:
    """Show an automation's results day by day: outcomes, success, duration and cost."""
    with api() as client:
        asked = {"days": days, "tz": zone_or_local(tz)}
        found = send(client, "GET", f"/api/automations/{part(automation)}/trend", params=asked)
    output.show(found, as_json, _print)


def _print(found: dict[str, Any]) -> None:
    out = output.console()
    out.print(_table(found))
    out.print(f"Days are in {found['timezone']}.", markup=False)


def _table(found: dict[str, Any]) -> Any:
    table = output.table()
    table.show_footer = True
    total = _cells(found["total"])
    table.add_column("Day", footer="All", no_wrap=True)
    names = ("Completed", "Failed", "Other", "Success", "Duration", "Per run", "Cost")
    for name, footer in zip(names, total, strict=True):
        table.add_column(name, footer=footer, justify="right")
    table.add_column("")
    most = max(day["completed"] + day["failed"] for day in found["days"]) or 1
    for day in found["days"]:
        table.add_row(f"{date.fromisoformat(day['day']):%a %d %b}", *_cells(day), _bar(day, most))
    return table


def _cells(figures: dict[str, Any]) -> tuple[str, ...]:
    others = [f"{figures[name]} {name}" for name in ("cancelled", "skipped", "missed") if figures[name]]
    rate = figures["successRate"]
    style = output.SEVERITY_STYLES[figures["severity"]]
    unknown = " and more" if figures["unknownCosts"] else ""
    return (
        str(figures["completed"] or ""),
        f"[red]{figures['failed']}[/red]" if figures["failed"] else "",
        ", ".join(others),
        "" if rate is None else f"[{style}]{percent(rate)}[/{style}]",
        "" if figures["avgDurationMs"] is None else output.duration(figures["avgDurationMs"]),
        "" if figures["avgCostPerRun"] is None else money(figures["avgCostPerRun"]),
        f"{money(figures['spent'])}{unknown}" if figures["started"] else "",
    )


def _bar(day: dict[str, Any], most: int) -> str:
    """Draw a day's finished runs relative to the busiest day; failures are lighter, to be visible without colour."""
    finished = day["completed"] + day["failed"]
    long = -(-finished * BAR // most)
    failed = -(-day["failed"] * long // finished) if finished else 0
    good = output.bar_character()
    bad = "▒" if good == "█" else "x"
    return f"[green]{good * (long - failed)}[/green][red]{bad * failed}[/red]"
