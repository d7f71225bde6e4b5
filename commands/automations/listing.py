"""`podium list`: all automations, most severe first."""

from typing import Annotated, Any

import typer

from commands.console import output
from commands.console.api_client import api, send
from commands.console.filters import StartsFrom, StartsTo, filterable
from commands.console.output import AsJson
from models.rules.number_format import money, percent
from models.states import Order, SortBy, Window

app = typer.Typer()

PAGE = 500
LIST = "/api/live/automations"
WIDE = 120


@app.command("list")
@filterable
def list_automations(
    filters: dict[str, Any],
    starts_from: StartsFrom = None,
    starts_to: StartsTo = None,
    sort: Annotated[
        SortBy | None, typer.Option(help="Sort by this. Default: severity; of a search, the best matches first.")
    ] = None,
    order: Annotated[Order | None, typer.Option(help="Sort order.")] = None,
    window: Annotated[Window, typer.Option(help="Base rates on recent runs or on all.")] = Window.RECENT,
    archived: Annotated[bool, typer.Option("--archived", help="List archived ones instead.")] = False,
    as_json: AsJson = False,
) -> None:
    """List automations of every kind, most severe first."""
    asked = {
        **filters,
        "startsFrom": starts_from,
        "startsTo": starts_to,
        "sort": sort,
        "order": order,
        "window": window.value,
        "archived": "true" if archived else None,
        "limit": PAGE,
    }
    with api() as client:
        found = send(client, "GET", LIST, params=asked)
        while cursor := found["nextCursor"]:
            more = send(client, "GET", LIST, params={**asked, "cursor": cursor})
            found["automations"] += more["automations"]
            found["nextCursor"] = more["nextCursor"]
    output.show(found, as_json, _print)


def _print(found: dict[str, Any]) -> None:
    out = output.console()
    out.print(_table(found["automations"], wide=out.width >= WIDE))
    out.print(_summary(found["summary"]))


def _table(automations: list[dict[str, Any]], *, wide: bool) -> Any:
    left = ("Severity", "State", "Kind", "Source", "Name") if wide else ("Severity", "State", "Name")
    right = ("Runs", "Success", "Last run", "Next run", "Cost/mo") if wide else ("Success", "Next run")
    table = output.table(*left, right=right, keep=tuple(name for name in left if name != "Name"))
    for one in automations:
        cells = _cells(one)
        table.add_row(*(cells[name] for name in (*left, *right)))
    return table


def _cells(one: dict[str, Any]) -> dict[str, str]:
    from rich.markup import escape

    stats = one["stats"]
    finished = stats["recent"]["completed"] + stats["recent"]["failed"]
    return {
        "Severity": output.styled(one["severity"], output.SEVERITY_STYLES) if finished else "[dim]new[/dim]",
        "State": f"snoozed {output.ago(one['pausedUntil'])}" if one["pausedUntil"] else one["state"],
        "Kind": one["primitiveType"],
        "Source": one["type"],
        "Name": f"{escape(one['name'])} [dim]{escape(one['slug'])}[/dim]",
        "Runs": str(stats["totalRuns"]),
        "Success": _success(stats),
        "Last run": _last_run(one["lastRun"]),
        "Next run": output.ago(stats["nextRunAt"]),
        "Cost/mo": _cost(one["estMonthlyCost"]["mean"]),
    }


def _cost(amount: str | None) -> str:
    return "-" if amount is None else money(amount)


def _success(stats: dict[str, Any]) -> str:
    rate = stats["recent"]["successRate"]
    if rate is None:
        return "-"
    failed = f"[dim]{stats['failedRuns']}F[/dim] " if stats["failedRuns"] else ""
    return f"{failed}{percent(rate)}"


def _last_run(run: dict[str, Any] | None) -> str:
    if run is None:
        return "-"
    return f"{output.styled(run['status'], output.STATUS_STYLES)} {output.ago(run['startedAt'])}"


def _summary(summary: dict[str, Any]) -> str:
    kinds = ", ".join(f"{count} {kind}" for kind, count in summary["byPrimitive"].items())
    rate = summary["overallSuccessRate"]
    overall = "" if rate is None else f", {percent(rate)} of runs complete"
    cost = summary["estMonthlyCost"]
    month = f", {_cost(cost['mean'])} per month ({cost['sample']} known)" if cost["mean"] else ""
    return (
        f"{summary['total']} automations ({kinds}), {summary['active']} active, "
        f"{summary['needsAttention']} need attention{overall}{month}"
    )
