"""`podium trend`: how one automation has done day by day."""

from datetime import date
from typing import Annotated, Any

import typer

from commands import output
from commands.automations import Automation
from commands.http import api, part, send
from commands.narrowing import Zone, zone_or_here
from commands.output import AsJson

app = typer.Typer()

BAR = 20


@app.command()
def trend(
    automation: Automation,
    days: Annotated[int, typer.Option(help="How many days back, today among them; up to 90.")] = 30,
    tz: Zone = None,
    as_json: AsJson = False,
) -> None:
    """Show how an automation has done day by day: outcomes, success, duration and cost."""
    with api() as client:
        asked = {"days": days, "tz": zone_or_here(tz)}
        found = send(client, "GET", f"/api/automations/{part(automation)}/trend", params=asked)
    if as_json:
        output.print_json(found)
        return
    output.console().print(_table(found))


def _table(found: dict[str, Any]) -> Any:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_footer=True)
    total = _cells(found["total"])
    table.add_column("Day", footer="All")
    names = ("Completed", "Failed", "Others", "Success", "Duration", "A run", "Spent")
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
        "" if rate is None else f"[{style}]{rate:.0f} %[/{style}]",
        "" if figures["avgDurationMs"] is None else output.duration(figures["avgDurationMs"]),
        "" if figures["avgCostPerRun"] is None else output.money(figures["avgCostPerRun"]),
        f"{output.money(figures['spent'])}{unknown}" if figures["started"] else "",
    )


def _bar(day: dict[str, Any], most: int) -> str:
    """Give a day's finished runs as a bar, as long as the busiest day allows."""
    finished = day["completed"] + day["failed"]
    long = -(-finished * BAR // most)
    failed = -(-day["failed"] * long // finished) if finished else 0
    return f"[green]{'█' * (long - failed)}[/green][red]{'█' * failed}[/red]"
