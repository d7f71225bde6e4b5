"""`podium runs`: finds runs by every filter of the API, and counts them."""

from typing import Annotated, Any

import typer

from commands.console import output
from commands.console.api_client import api, send, send_all
from commands.console.filters import taking
from commands.console.output import AsJson
from commands.runs.filters import run_filters
from commands.runs.progress import note
from models.rules.number_format import money

app = typer.Typer()

WIDE = 130
FACETS = ("status", "kind", "source", "primitive", "error")
EXACTNESS = {"exact": "", "at_least": "+", "so_far": " so far"}


@app.command()
@taking(run_filters)
def runs(
    filters: dict[str, Any],
    limit: Annotated[int, typer.Option(min=1, max=5000)] = 30,
    counts: Annotated[
        bool, typer.Option("--counts", help="Count them by status, kind, source, primitive and error instead.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List runs, newest first."""
    with api() as client:
        if counts:
            output.show(send(client, "GET", "/api/runs/facets", params=filters), as_json, _print_counts)
            return
        found = send_all(client, "/api/runs", params=filters, most=limit)
    output.show(found, as_json, _print)


def _print_counts(found: dict[str, Any]) -> None:
    from rich.markup import escape

    out = output.console()
    out.print(f"{_count(found['total'])} runs")
    for name in FACETS:
        if not found[name]:
            continue
        table = output.table(name.capitalize(), right=("Runs",))
        for one in found[name]:
            table.add_row(escape(one["label"] or one["value"]), _count(one))
        out.print(table)


def _count(one: dict[str, Any]) -> str:
    return f"{one['count']:,}{EXACTNESS[one['exactness']]}"


def _print(found: dict[str, Any]) -> None:
    out = output.console()
    out.print(_table(found["items"], wide=out.width >= WIDE))
    if found.get("searchedTo"):
        reached = output.local(found["searchedTo"])
        typer.echo(f"Searched back to {reached}; narrow it, for example with --since.", err=True)


def _status(run: dict[str, Any]) -> str:
    from rich.markup import escape

    shown = output.styled(run["status"], output.STATUS_STYLES)
    if run["stuckBelow"]:
        return f"{shown} [red](stuck below)[/red]"
    return shown + escape(note(run)) if run["held"] or run["status"] == "skipped" else shown


def _table(found: list[dict[str, Any]], *, wide: bool) -> Any:
    from rich.markup import escape

    left = ("Run", "Status", "Kind", "Name", "Automation") if wide else ("Run", "Status", "Name")
    right = ("When", "Duration", "Cost") if wide else ("When",)
    # Ids stay whole at any width: `podium run` takes them.
    table = output.table(*left, right=right, keep=("Run", "Status", "Kind"))
    for one in found:
        cells = {
            "Run": one["id"],
            "Status": _status(one),
            "Kind": one["kind"],
            "Name": escape(one["primitive"]["name"]),
            "Automation": escape(one["automation"]["name"]) if one["automation"] else "-",
            "When": output.ago(one["startedAt"] or one["queuedAt"]),
            "Duration": output.duration(one["durationMs"]),
            "Cost": money(one["costUsd"]) if one["startedAt"] else "-",
        }
        table.add_row(*(cells[name] for name in (*left, *right)))
    return table
