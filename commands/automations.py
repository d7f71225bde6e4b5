"""`podium list, fire, pause, resume, archive, restore`: what a person does with automations."""

from decimal import Decimal
from typing import Annotated, Any

import typer

from commands import output
from commands.following import follow_fired
from commands.http import api, part, send
from commands.narrowing import StartsFrom, StartsTo, narrowable
from commands.output import AsJson
from commands.payloads import Payload, read_json
from models.states import Order, SortBy, Window

app = typer.Typer()

Automation = Annotated[str, typer.Argument(help="The automation's slug or id.")]
Reason = Annotated[str, typer.Option(help="Why, for the audit log.")]
PAGE = 500
LIST = "/api/live/automations"


@app.command("list")
@narrowable
def list_automations(
    narrowing: dict[str, Any],
    starts_from: StartsFrom = None,
    starts_to: StartsTo = None,
    sort: Annotated[
        SortBy | None, typer.Option(help="What to sort by; by default relevance to the search, else severity.")
    ] = None,
    order: Annotated[Order | None, typer.Option(help="Which way.")] = None,
    window: Annotated[Window, typer.Option(help="Judge by recent runs or by all.")] = Window.RECENT,
    archived: Annotated[bool, typer.Option("--archived", help="Archived ones instead.")] = False,
    as_json: AsJson = False,
) -> None:
    """List automations of every kind, the worst first."""
    asked = {
        **narrowing,
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
    if as_json:
        output.print_json(found)
        return
    output.console().print(_table(found["automations"]))
    output.console().print(_summary(found["summary"]))


@app.command()
def fire(
    automation: Automation,
    payload: Payload = None,
    force: Annotated[bool, typer.Option("--force", help="Even if it is paused.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Follow its run to the end; 1 if it does not complete.")] = False,
    as_json: AsJson = False,
) -> None:
    """Fire an automation now."""
    body = {"payload": read_json(payload, "--payload"), "force": force}
    with api() as client:
        follow_fired(
            client, send(client, "POST", f"/api/automations/{part(automation)}/fire", body=body), wait, as_json
        )


@app.command()
def pause(automation: Automation, reason: Reason = "", as_json: AsJson = False) -> None:
    """Pause an automation; what arrives meanwhile is recorded as skipped."""
    _switch(automation, "pause", reason, as_json)


@app.command()
def resume(automation: Automation, reason: Reason = "", as_json: AsJson = False) -> None:
    """Resume an automation; what it missed is not made up for."""
    _switch(automation, "resume", reason, as_json)


@app.command()
def archive(automation: Automation, reason: Reason = "", as_json: AsJson = False) -> None:
    """Archive an automation: its clock goes, its runs stay."""
    _switch(automation, "archive", reason, as_json)


@app.command()
def restore(automation: Automation, reason: Reason = "", as_json: AsJson = False) -> None:
    """Bring an archived automation back as it was."""
    _switch(automation, "restore", reason, as_json)


def _switch(automation: str, verb: str, reason: str, as_json: bool) -> None:
    with api() as client:
        answer = send(client, "POST", f"/api/automations/{part(automation)}/{verb}", body={"reason": reason})
    if as_json:
        output.print_json(answer)
    else:
        state = "archived" if answer["isArchived"] else "active" if answer["isActive"] else "paused"
        typer.echo(f"{answer['name']} is {state}.")


def _table(automations: list[dict[str, Any]]) -> Any:
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("Severity", "State", "Kind", "Source", "Name"):
        table.add_column(name)
    for name in ("Runs", "Success", "Last run", "Next run", "Cost/mo"):
        table.add_column(name, justify="right")
    for one in automations:
        stats = one["stats"]
        finished = stats["recent"]["completed"] + stats["recent"]["failed"]
        table.add_row(
            output.styled(one["severity"], output.SEVERITY_STYLES) if finished else "[dim]new[/dim]",
            one["state"],
            one["primitiveType"],
            one["type"],
            f"{escape(one['name'])} [dim]{escape(one['slug'])}[/dim]",
            str(stats["totalRuns"]),
            _success(stats),
            _last_run(one["lastRun"]),
            output.ago(stats["nextRunAt"]),
            _cost(one["estMonthlyCost"]["mean"]),
        )
    return table


def _cost(amount: str | None) -> str:
    return "-" if amount is None else f"${Decimal(amount):,.2f}"


def _success(stats: dict[str, Any]) -> str:
    rate = stats["recent"]["successRate"]
    if rate is None:
        return "-"
    failed = f"[dim]{stats['failedRuns']}F[/dim] " if stats["failedRuns"] else ""
    return f"{failed}{rate:.0f} %"


def _last_run(run: dict[str, Any] | None) -> str:
    if run is None:
        return "-"
    return f"{output.styled(run['status'], output.STATUS_STYLES)} {output.ago(run['startedAt'])}"


def _summary(summary: dict[str, Any]) -> str:
    kinds = ", ".join(f"{count} {kind}" for kind, count in summary["byPrimitive"].items())
    rate = summary["overallSuccessRate"]
    overall = "" if rate is None else f", {rate:.1f} % of runs complete"
    cost = summary["estMonthlyCost"]
    month = f", {_cost(cost['mean'])} a month ({cost['sample']} known)" if cost["mean"] else ""
    return (
        f"{summary['total']} automations ({kinds}), {summary['active']} active, "
        f"{summary['needsAttention']} need attention{overall}{month}"
    )
