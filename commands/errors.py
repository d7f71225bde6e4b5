"""`podium errors`: what goes wrong, how often, since when, and what sets it apart."""

from typing import Annotated, Any

import typer

from commands.automations.arguments import Reason
from commands.console import output
from commands.console.api_client import api, part, send
from commands.console.instants import from_now, since
from commands.console.output import AsJson
from models.rules.number_format import plural
from models.states import GroupOutcome, GroupSort, GroupStanding

app = typer.Typer(help="List groups of errors, and decide about them.", no_args_is_help=True)

Key = Annotated[str, typer.Argument(help="The group's key.", metavar="KEY")]
Since = Annotated[
    str | None,
    typer.Option("--since", help="From then on: an ISO 8601 time, or how long ago, such as 7d. Default: 24h."),
]
STYLES = {"open": "yellow", "regressed": "bold red", "resolved": "green", "ignored": "dim"}


@app.command("list")
def list_groups(
    outcome: Annotated[
        list[GroupOutcome] | None, typer.Option("--outcome", help="Only of runs that ended so; repeatable.")
    ] = None,
    state: Annotated[
        list[GroupStanding] | None, typer.Option("--state", help="Only in this state; repeatable.")
    ] = None,
    error_type: Annotated[
        list[str] | None, typer.Option("--type", help="Only with this code, such as agent_timed_out; repeatable.")
    ] = None,
    find: Annotated[str, typer.Option(help="Words of the code or the message.")] = "",
    after: Since = None,
    before: Annotated[str | None, typer.Option("--until", help="Before then.")] = None,
    sort: Annotated[GroupSort, typer.Option(help="What comes first.")] = GroupSort.RUNS,
    limit: Annotated[int, typer.Option(min=1, max=500)] = 30,
    as_json: AsJson = False,
) -> None:
    """List the errors that runs ended with, and why runs were skipped or missed."""
    params = {
        "outcome": [one.value for one in outcome or ()],
        "state": [one.value for one in state or ()],
        "errorType": error_type or [],
        "q": find or None,
        "from": since(after, "--since"),
        "to": since(before, "--until"),
        "sort": sort.value,
        "limit": limit,
    }
    with api() as client:
        found = send(client, "GET", "/api/errors", params=params)
    output.show(found, as_json, _print)


@app.command()
def show(key: Key, after: Since = None, as_json: AsJson = False) -> None:
    """Show a group: whom it touches, and what sets its runs apart from all others."""
    with api() as client:
        found = send(client, "GET", f"/api/errors/{part(key)}", params={"from": since(after, "--since")})
    output.show(found, as_json, _print_one)


@app.command()
def resolve(key: Key, reason: Reason = "") -> None:
    """Call a group resolved; a run that starts afterwards and fails so opens it again."""
    _decide(key, "resolve", {"reason": reason})


@app.command()
def reopen(key: Key, reason: Reason = "") -> None:
    """Open a group again."""
    _decide(key, "reopen", {"reason": reason})


@app.command()
def ignore(
    key: Key,
    until: Annotated[str | None, typer.Option(help="Until then: an ISO 8601 time, or a duration, such as 2h.")] = None,
    runs: Annotated[int | None, typer.Option(min=1, help="Until so many more runs have ended with it.")] = None,
    reason: Reason = "",
) -> None:
    """Ignore a group: until a time, a number of further runs, or until it is opened again."""
    _decide(key, "ignore", {"until": from_now(until, "--until"), "runs": runs, "reason": reason})


def _decide(key: str, action: str, body: dict[str, Any]) -> None:
    with api() as client:
        found = send(client, "POST", f"/api/errors/{part(key)}/{action}", body=body)
    typer.echo(f"{found['group']['state']}: {found['group']['template']}")


def _print(found: dict[str, Any]) -> None:
    from rich.markup import escape

    if not found["items"]:
        typer.echo("No run ended with an error in that time.")
        return
    table = output.table("Key", "Error", "State", keep=("Key",), right=("Runs", "Before", "Last"))
    for one in found["items"]:
        state = output.styled(one["state"], STYLES)
        text = f"{one['errorType']}: {one['template']}"
        counts = (f"{one['runs']:,}", f"{one['runsBefore']:,}", output.ago(one["lastSeen"]))
        table.add_row(one["key"], escape(text), state, *counts)
    out = output.console()
    out.print(table)
    if found["total"] > len(found["items"]) or found["isLeast"]:
        at_least = "at least " if found["isLeast"] else ""
        out.print(f"{len(found['items']):,} of {at_least}{found['total']:,} groups", style="dim")


def _print_one(found: dict[str, Any]) -> None:
    out = output.console()
    group = found["group"]
    by = f" by {group['stateBy']}" if group["stateBy"] else ""
    seen = f"first seen {output.ago(group['firstSeen'])}, last {output.ago(group['lastSeen'])}"
    before = f"{group['runsBefore']:,} in the one before"
    out.print(f"{group['errorType']}: {group['template']}", style="bold", markup=False)
    out.print(f"{group['state']}{by}, {seen}", markup=False)
    out.print(f"{plural(group['runs'], 'run')} in this span, {before}, {found['total']:,} in all", markup=False)
    for one in found["differs"]:
        out.print(f"  {one['text']}", markup=False)
    if not found["isAll"]:
        out.print(f"Of the newest {found['lookedAt']:,} runs:")
    for one in found["primitives"]:
        out.print(f"  {one['runs']:>6,}  {one['kind']}/{one['slug']}", markup=False)
    for one in found["automations"]:
        out.print(f"  {one['runs']:>6,}  automation {one['automation']['slug']}", markup=False)
    if group["sampleRunId"]:
        out.print(f"Such as run {group['sampleRunId']}: {group['sample']}", markup=False)
