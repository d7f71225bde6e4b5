"""`podium density, calendar, costs`: what is to come, as the page shows it."""

from collections import defaultdict
from datetime import datetime
from typing import Annotated, Any

import typer

from commands import output
from commands.http import api, send
from commands.narrowing import Zone, narrowable, zone_or_here
from commands.output import AsJson

app = typer.Typer()

HEAT = ("grey23", "green", "yellow", "dark_orange", "red")
BANDS = {"none": "dim", "low": "green", "medium": "yellow", "high": "red"}
BAR = 30
NAMED = 3


@app.command()
@narrowable
def density(
    asked: dict[str, Any],
    hours: Annotated[int, typer.Option(help="How many hours ahead, up to 168.")] = 24,
    tz: Zone = None,
    as_json: AsJson = False,
) -> None:
    """Show how much starts in each of the coming hours, and where it piles up."""
    with api() as client:
        found = send(client, "GET", "/api/live/density", params={**asked, "hours": hours, "tz": zone_or_here(tz)})
    if as_json:
        output.print_json(found)
        return
    out = output.console()
    out.print(_heat_bar(found["slots"]))
    out.print(_density_table(found["slots"]))
    out.print(f"Peak: {found['peak']['text']}" if found["peak"] else "Nothing is going to start.", markup=False)


@app.command()
@narrowable
def costs(
    asked: dict[str, Any],
    limit: Annotated[int, typer.Option(help="How many automations to name, the dearest first.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Show what the coming month will cost, and what this one will have come to."""
    with api() as client:
        found = send(client, "GET", "/api/live/costs", params={**asked, "limit": limit})
    if as_json:
        output.print_json(found)
        return
    out = output.console()
    out.print(_costs_table(found["automations"]))
    if found["automationsLeftOut"]:
        out.print(f"and {found['automationsLeftOut']} more", style="dim")
    kinds = ", ".join(f"{kind} {_dollars(amount)}" for kind, amount in found["byPrimitive"].items())
    unknown = f"; of {found['unknown']} the cost is unknown" if found["unknown"] else ""
    out.print(f"The coming month: {_dollars(found['total'])} ({kinds}){unknown}")
    out.print(f"This month: {_dollars(found['spentThisMonth'])} so far, {_dollars(found['monthEnd'])} at its end")


@app.command()
@narrowable
def calendar(
    asked: dict[str, Any],
    start: Annotated[str | None, typer.Option("--from", help="First day, such as 2026-03-02; else today.")] = None,
    end: Annotated[str | None, typer.Option("--to", help="The day after the last; by default a week later.")] = None,
    automation: Annotated[list[str] | None, typer.Option(help="Only this one (slug or id), every fire.")] = None,
    expand: Annotated[bool, typer.Option("--expand", help="Every fire, however many a day.")] = False,
    tz: Zone = None,
    as_json: AsJson = False,
) -> None:
    """Show, day by day, what has run and what will."""
    window = {"from": start, "to": end, "automation": automation or [], "tz": zone_or_here(tz)}
    with api() as client:
        found = send(
            client,
            "GET",
            "/api/live/calendar",
            params={**asked, **window, "compress": "false" if expand else None},
        )
    if as_json:
        output.print_json(found)
        return
    _print_days(found)


def _heat_bar(slots: list[dict[str, Any]]) -> Any:
    """Give one cell an hour, the hotter the more starts in it."""
    from rich.text import Text

    most = max(slot["starts"] for slot in slots) or 1
    bar = Text()
    for slot in slots:
        heat = -(-slot["starts"] * (len(HEAT) - 1) // most)
        bar.append("██", style=HEAT[heat])
    return bar


def _density_table(slots: list[dict[str, Any]]) -> Any:
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("Hour")
    for name in ("Starts", "Weighted", "At once", "Expected"):
        table.add_column(name, justify="right")
    table.add_column("")
    table.add_column("Of what")
    most = max(slot["starts"] for slot in slots) or 1
    for slot in slots:
        named = [one["name"] for one in slot["automations"][:NAMED]]
        others = len(slot["automations"]) + slot["automationsLeftOut"] - len(named)
        more = f" and {others} more" if others else ""
        heat = HEAT[-(-slot["starts"] * (len(HEAT) - 1) // most)]
        table.add_row(
            f"{datetime.fromisoformat(slot['start']):%a %H:%M}",
            str(slot["starts"]),
            f"{slot['weightedStarts']:g}",
            str(slot["peakConcurrency"]),
            f"{slot['expectedArrivals']:g}" if slot["expectedArrivals"] else "",
            f"[{heat}]{'█' * -(-slot['starts'] * BAR // most)}[/{heat}]",
            escape(", ".join(named)) + more,
        )
    return table


def _costs_table(automations: list[dict[str, Any]]) -> Any:
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("Kind", "Name"):
        table.add_column(name)
    for name in ("A run", "p90", "Known", "Fires a month", "Coming month", "Spent this month", "At its end"):
        table.add_column(name, justify="right")
    for one in automations:
        table.add_row(
            one["primitiveType"],
            escape(one["name"]),
            output.money(one["mean"]),
            output.money(one["p90"]),
            str(one["sample"]),
            str(one["occurrences"]),
            _dollars(one["estMonthlyCost"]["mean"]),
            _dollars(one["spentThisMonth"]),
            _dollars(one["monthEnd"]),
        )
    return table


def _print_days(found: dict[str, Any]) -> None:
    from rich.markup import escape

    out = output.console()
    changes = {change["day"]: change["shiftMinutes"] for change in found["clockChanges"]}
    loads: dict[str, list[str]] = defaultdict(list)
    fires: dict[str, int] = defaultdict(int)
    for hour in found["hours"]:
        loads[hour["start"][:10]].append(f"[{BANDS.get(hour['band'] or 'none', 'dim')}]█[/]")
        fires[hour["start"][:10]] += hour["fires"]
    days: dict[str, list[dict[str, Any]]] = {day: [] for day in loads}
    for entry in found["entries"]:
        days.setdefault(entry["at"][:10], []).append(entry)
    for day, entries in sorted(days.items()):
        shift = f"  [magenta]clocks change by {changes[day]:+} min[/magenta]" if day in changes else ""
        out.print(f"[bold]{datetime.fromisoformat(day):%A, %d %B %Y}[/bold]  {''.join(loads[day])} {fires[day]}{shift}")
        for entry in entries:
            status = output.styled(entry["status"], output.STATUS_STYLES) if entry["status"] else ""
            failed = f", [red]{entry['failed']} failed[/red]" if entry["failed"] else ""
            often = f"  [dim]{escape(entry['cadence'])}[/dim] ({entry['count']}{failed})" if entry["cadence"] else ""
            at = f"{datetime.fromisoformat(entry['at']):%H:%M}"
            out.print(f"  {at}  {escape(entry['name'])} [dim]{entry['primitiveType']}[/dim] {status}{often}")
    if found["entriesLeftOut"]:
        out.print(f"At least {found['entriesLeftOut']} entries, too many to list: ask for fewer days or narrow it.")


def _dollars(amount: str | None) -> str:
    from decimal import Decimal

    return "unknown" if amount is None else f"${Decimal(amount):,.2f}"
