"""`podium calendar`: past and scheduled runs, day by day."""

from collections import defaultdict
from datetime import datetime
from typing import Annotated, Any

import typer

from commands.console import output
from commands.console.api_client import api, send
from commands.console.filters import Zone, filterable, zone_or_local
from commands.console.output import AsJson

app = typer.Typer()

STYLES = {"none": "dim", "low": "green", "medium": "yellow", "high": "red"}
# One cell an hour; its height tells the load where there is no colour.
BLOCKS = {"none": "▁", "low": "▃", "medium": "▅", "high": "█"}
ASCII_BLOCKS = {"none": ".", "low": "-", "medium": "=", "high": "#"}


@app.command()
@filterable
def calendar(
    asked: dict[str, Any],
    start: Annotated[str | None, typer.Option("--from", help="First day, such as 2026-03-02; default: today.")] = None,
    end: Annotated[str | None, typer.Option("--to", help="Day after the last; default: a week later.")] = None,
    automation: Annotated[
        list[str] | None, typer.Option(help="Only this automation (slug or id), with every run; repeatable.")
    ] = None,
    expand: Annotated[
        bool, typer.Option("--expand", help="List every run instead of summarising frequent ones.")
    ] = False,
    tz: Zone = None,
    as_json: AsJson = False,
) -> None:
    """Show past and scheduled runs, day by day."""
    window = {"from": start, "to": end, "automation": automation or [], "tz": zone_or_local(tz)}
    params = {**asked, **window, "compress": "false" if expand else None}
    with api() as client:
        found = send(client, "GET", "/api/live/calendar", params=params)
    output.show(found, as_json, _print)


def _print(found: dict[str, Any]) -> None:
    out = output.console()
    changes = {change["day"]: change["shiftMinutes"] for change in found["clockChanges"]}
    hours: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for hour in found["hours"]:
        hours[hour["start"][:10]].append(hour)
    days: dict[str, list[dict[str, Any]]] = {day: [] for day in hours}
    for entry in found["entries"]:
        days.setdefault(entry["at"][:10], []).append(entry)
    out.print(f"Times are in {found['timezone']}.", markup=False)
    for day, entries in sorted(days.items()):
        shift = f"  [magenta]clocks change by {changes[day]:+} min[/magenta]" if day in changes else ""
        fires = sum(hour["fires"] for hour in hours[day])
        title = f"[bold]{datetime.fromisoformat(day):%A, %d %B %Y}[/bold]"
        out.print(f"{title}  {_strip(hours[day])} {fires}{shift}")
        for entry in entries:
            out.print(_line(entry))
    if found["entriesLeftOut"]:
        out.print(f"At least {found['entriesLeftOut']} runs are not listed: ask for fewer days, or filter.")


def _strip(hours: list[dict[str, Any]]) -> str:
    blocks = BLOCKS if output.bar_character() == "█" else ASCII_BLOCKS
    bands = [hour["band"] or "none" for hour in hours]
    return "".join(f"[{STYLES.get(band, 'dim')}]{blocks.get(band, '.')}[/]" for band in bands)


def _line(entry: dict[str, Any]) -> str:
    from rich.markup import escape

    status = output.styled(entry["status"], output.STATUS_STYLES) if entry["status"] else ""
    failed = f", [red]{entry['failed']} failed[/red]" if entry["failed"] else ""
    often = f"  [dim]{escape(entry['cadence'])}[/dim] ({entry['count']}{failed})" if entry["cadence"] else ""
    at = f"{datetime.fromisoformat(entry['at']):%H:%M}"
    return f"  {at}  {escape(entry['name'])} [dim]{entry['primitiveType']}[/dim] {status}{often}"
