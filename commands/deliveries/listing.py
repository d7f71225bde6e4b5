"""`podium deliveries`: what arrived, whom it matched, what it started, and why not."""

import json
from typing import Annotated, Any

import typer

from commands.console import output
from commands.console.api_client import api, part, send, send_all
from commands.console.instants import since
from commands.console.output import AsJson
from models.states import DeliveryOutcome, MatchOutcome, Source

app = typer.Typer(help="List, show and replay deliveries of webhooks, events and Slack.", no_args_is_help=True)

DeliveryId = Annotated[str, typer.Argument(help="The delivery's id.", metavar="DELIVERY")]
Sources = Annotated[list[Source] | None, typer.Option("--source", help="Only of this source; repeatable.")]
Outcomes = Annotated[
    list[DeliveryOutcome] | None, typer.Option("--outcome", help="Only with this outcome; repeatable.")
]
Endpoints = Annotated[
    list[str] | None, typer.Option("--endpoint", help="Only at this endpoint, such as event:order.created; repeatable.")
]
OfAutomation = Annotated[str | None, typer.Option(help="Only those that this automation listened to (slug or id).")]
Matches = Annotated[
    list[MatchOutcome] | None, typer.Option("--match", help="What it meant for that automation; repeatable.")
]
Dead = Annotated[bool, typer.Option("--dead", help="Only dead letters: accepted, but not carried out.")]
Reasons = Annotated[
    list[str] | None,
    typer.Option("--dead-reason", help="Only dead letters for this reason, such as failed or paused; repeatable."),
]
Since = Annotated[str | None, typer.Option(help="Received since then: an ISO 8601 time, or how long ago, such as 2h.")]
Until = Annotated[str | None, typer.Option(help="Received before then.")]
OUTCOME_STYLES = {"fired": "green", "filter_error": "red", "rejected": "red", "skipped": "yellow"}


def filters(
    source: list[Source] | None,
    outcome: list[DeliveryOutcome] | None,
    endpoint: list[str] | None,
    automation: str | None,
    match: list[MatchOutcome] | None,
    dead: bool,
    dead_reason: list[str] | None,
    after: str | None,
    before: str | None,
) -> dict[str, Any]:
    """Return the options as the API's filter."""
    return {
        "source": [one.value for one in source or ()],
        "outcome": [one.value for one in outcome or ()],
        "endpoint": endpoint or [],
        "automation": automation,
        "match": [one.value for one in match or ()],
        "dead": dead or None,
        "deadReason": dead_reason or [],
        "from": since(after, "--since"),
        "to": since(before, "--until"),
    }


@app.command("list")
def list_deliveries(
    source: Sources = None,
    outcome: Outcomes = None,
    endpoint: Endpoints = None,
    automation: OfAutomation = None,
    match: Matches = None,
    dead: Dead = False,
    dead_reason: Reasons = None,
    since: Since = None,
    until: Until = None,
    find: Annotated[str, typer.Option(help="The beginning of an id, or an idempotency key.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=5000)] = 30,
    as_json: AsJson = False,
) -> None:
    """List deliveries, newest first."""
    params = filters(source, outcome, endpoint, automation, match, dead, dead_reason, since, until)
    params |= {"q": find or None, "dead": "true" if dead else None}
    with api() as client:
        found = send_all(client, "/api/deliveries", params=params, most=limit)
    output.show(found, as_json, _print)


@app.command()
def show(delivery: DeliveryId, as_json: AsJson = False) -> None:
    """Show a delivery: what was sent, what it meant for each automation, and its runs."""
    with api() as client:
        found = send(client, "GET", f"/api/deliveries/{part(delivery)}")
    output.show(found, as_json, _print_one)


@app.command()
def refused(as_json: AsJson = False) -> None:
    """List endpoints whose requests were refused for their signature."""
    with api() as client:
        found = send(client, "GET", "/api/deliveries/refused")
    output.show(found, as_json, _print_refused)


def _print(found: dict[str, Any]) -> None:
    from rich.markup import escape

    table = output.table("Delivery", "Endpoint", "Outcome", keep=("Delivery",), right=("Runs", "Received"))
    for one in found["items"]:
        shown = output.styled(one["outcome"], OUTCOME_STYLES)
        dead = f" [red]dead: {escape(one['deadReason'])}[/red]" if one["deadReason"] else ""
        again = " (replay)" if one["replayOf"] else ""
        received = output.ago(one["receivedAt"])
        table.add_row(one["id"], escape(one["endpoint"]), shown + dead + again, str(one["runCount"]), received)
    output.console().print(table)


def _print_one(one: dict[str, Any]) -> None:
    out = output.console()
    sender = f", sent by {one['sentBy']}" if one["sentBy"] else ""
    out.print(f"{one['endpoint']}: {one['outcome']}, received {one['receivedAt']}{sender}", markup=False)
    facts = {
        "deadReason": "Dead letter: {}",
        "note": "{}",
        "replayOf": "Replay of {}",
        "idempotencyKey": "Idempotency key: {}",
        "contentDeletedAt": "Its content was deleted for its age at {}.",
    }
    for name, said in facts.items():
        if one[name]:
            out.print(said.format(one[name]), markup=False)
    for name, value in one["headers"].items():
        out.print(f"{name}: {value}", style="dim", markup=False)
    out.print(json.dumps(one["payload"], indent=2, ensure_ascii=False), markup=False)
    _print_results(out, one)


def _print_results(out: Any, one: dict[str, Any]) -> None:
    for match in one["listeners"]:
        _print_match(out, match)
    for run in one["runs"]:
        if not run["automation"]:
            out.print(f"run {run['runId']} {_status(run)}", markup=False)
    if one["runCount"] > len(one["runs"]):
        out.print(f"and {one['runCount'] - len(one['runs'])} more runs", markup=False)
    for again in one["replays"]:
        out.print(f"Replayed {output.ago(again['receivedAt'])} as {again['id']}: {again['outcome']}", markup=False)


def _print_match(out: Any, match: dict[str, Any]) -> None:
    reason = f": {match['reason']}" if match["reason"] else ""
    run = match["run"]
    started = f", run {run['runId']} {_status(run)}" if run else ""
    out.print(f"{match['automation']['slug']} {match['outcome']}{reason}{started}", markup=False)


def _status(run: dict[str, Any]) -> str:
    why = run["reason"] or (f"waiting: {run['heldBy']}" if run["heldBy"] else None)
    return f"{run['status']} ({why})" if why else str(run["status"])


def _print_refused(found: dict[str, Any]) -> None:
    from rich.markup import escape

    if not found["items"]:
        typer.echo("No request was refused for its signature.")
        return
    table = output.table("Endpoint", right=("Refused", "Last"))
    for one in found["items"]:
        table.add_row(escape(one["endpoint"]), str(one["count"]), output.ago(one["lastAt"]))
    output.console().print(table)
