"""`podium deliveries replay` and `podium replays`: replaying one delivery, or many at a rate."""

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from commands.automations.arguments import Reason
from commands.console import output
from commands.console.api_client import api, part, send, send_all
from commands.console.output import AsJson
from commands.deliveries import listing
from commands.runs.progress import INTERRUPTED, follow_fired
from models.states import ReplayStatus

if TYPE_CHECKING:
    import httpx2

app = typer.Typer(help="List, show, pause, resume and cancel replays of many deliveries.", no_args_is_help=True)

INTERVAL_SECONDS = 1.0
OPEN = {"running", "paused"}
STYLES = {"running": "blue", "completed": "green", "paused": "yellow", "cancelled": "yellow"}
ReplayId = Annotated[str, typer.Argument(help="The replay's id.", metavar="REPLAY")]
Rate = Annotated[int, typer.Option(min=1, max=3000, help="Deliveries per minute.")]


@listing.app.command()
def replay(
    delivery: Annotated[
        str | None, typer.Argument(help="A delivery's id; without it, the options select many.", metavar="[DELIVERY]")
    ] = None,
    source: listing.Sources = None,
    outcome: listing.Outcomes = None,
    endpoint: listing.Endpoints = None,
    automation: listing.OfAutomation = None,
    match: listing.Matches = None,
    dead: listing.Dead = False,
    dead_reason: listing.Reasons = None,
    since: listing.Since = None,
    until: listing.Until = None,
    only: Annotated[str | None, typer.Option(help="Fire no automation but this one (slug or id).")] = None,
    rate: Rate = 60,
    again: Annotated[
        bool, typer.Option("--again", help="Also those that were replayed before, or are under way.")
    ] = False,
    reason: Reason = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count them.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")] = False,
    wait: Annotated[
        bool, typer.Option("--wait", help="Follow it to its end; exit with 1 unless all went well.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Process a delivery again, or many at a rate, with the automations that listen now."""
    wanted = listing.filters(source, outcome, endpoint, automation, match, dead, dead_reason, since, until)
    chosen = {name: value for name, value in wanted.items() if value not in (None, [])}
    if delivery is not None:
        if chosen or only or dry_run:
            raise typer.BadParameter("give a delivery, or options that select many, not both")
        with api() as client:
            follow_fired(client, send(client, "POST", f"/api/deliveries/{part(delivery)}/replay"), wait, as_json)
        return
    if not chosen:
        raise typer.BadParameter("give a delivery, or options that select many, such as --dead")
    body = {"filter": chosen, "only": only, "ratePerMinute": rate, "again": again, "reason": reason}
    with api() as client:
        plan = send(client, "POST", "/api/deliveries/replay", body={**body, "dryRun": True})
        if dry_run or not plan["count"]:
            output.show(plan, as_json, _print_plan)
            return
        if not yes:
            _print_plan(output.printable(plan), err=True)
            typer.confirm("Replay them?", abort=True, err=True)
        started = send(client, "POST", "/api/deliveries/replay", body={**body, "token": plan["token"]})["replay"]
        found = _follow(client, started["id"], quiet=as_json) if wait else started
    output.show(found, as_json, _print_one)
    if wait and (found["status"] != "completed" or found["outcomes"].get("failed")):
        raise typer.Exit(1)


@app.command("list")
def list_replays(
    status: Annotated[list[ReplayStatus] | None, typer.Option(help="Only in this status; repeatable.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=5000)] = 30,
    as_json: AsJson = False,
) -> None:
    """List replays of many deliveries, newest first."""
    with api() as client:
        found = send_all(client, "/api/replays", params={"status": [one.value for one in status or ()]}, most=limit)
    output.show(found, as_json, _print)


@app.command()
def show(replay: ReplayId, as_json: AsJson = False) -> None:
    """Show a replay: how far it is, and what became of its deliveries and runs."""
    with api() as client:
        found = send(client, "GET", f"/api/replays/{part(replay)}")
        failed = send(client, "GET", f"/api/replays/{part(replay)}/items", params={"outcome": "failed"})
    output.show(found, as_json, _print_one)
    if not as_json:
        for one in output.printable(failed["items"]):
            typer.echo(f"{one['deliveryId']} {one['endpoint'] or '-'}: {one['reason']}")


@app.command()
def pause(replay: ReplayId, reason: Reason = "", as_json: AsJson = False) -> None:
    """Replay no further delivery until it is resumed."""
    _act(replay, "pause", reason, as_json)


@app.command()
def resume(replay: ReplayId, reason: Reason = "", as_json: AsJson = False) -> None:
    """Go on with a paused replay."""
    _act(replay, "resume", reason, as_json)


@app.command()
def cancel(replay: ReplayId, reason: Reason = "", as_json: AsJson = False) -> None:
    """Replay no further delivery, ever; what it has started goes on."""
    _act(replay, "cancel", reason, as_json)


@app.command()
def rate(
    replay: ReplayId,
    per_minute: Annotated[int, typer.Argument(min=1, max=3000, help="Deliveries per minute.")],
    as_json: AsJson = False,
) -> None:
    """Change how fast a replay goes on."""
    with api() as client:
        found = send(client, "PATCH", f"/api/replays/{part(replay)}", body={"ratePerMinute": per_minute})
    output.show(found, as_json, _print_one)


def _act(replay: str, verb: str, reason: str, as_json: bool) -> None:
    with api() as client:
        found = send(client, "POST", f"/api/replays/{part(replay)}/{verb}", body={"reason": reason})
    output.show(found, as_json, _print_one)


def _follow(client: "httpx2.Client", replay_id: str, *, quiet: bool) -> dict[str, Any]:
    """Print how far a replay is until it ends or pauses; Ctrl-C stops following only."""
    left = None
    try:
        while True:
            found: dict[str, Any] = send(client, "GET", f"/api/replays/{replay_id}")
            if not quiet and found["pending"] != left:
                left = found["pending"]
                typer.echo(f"{found['total'] - left} of {found['total']}")
            if found["status"] != "running":
                return found
            time.sleep(INTERVAL_SECONDS)
    except KeyboardInterrupt:
        typer.echo(f"The replay goes on: podium replays show {replay_id}", err=True)
        raise typer.Exit(INTERRUPTED) from None


def _print_plan(plan: dict[str, Any], err: bool = False) -> None:
    lasts = f", in {output.duration(plan['seconds'] * 1000)}" if plan["count"] > 1 else ""
    typer.echo(f"{_deliveries(plan['count'])} to replay{lasts}.", err=err)
    for one in plan["endpoints"]:
        typer.echo(f"  {one['endpoint']}: {one['count']}", err=err)
    if plan["completed"]:
        typer.echo(f"{plan['completed']} of them have completed and run again.", err=err)
    for reason, count in plan["leftOut"].items():
        typer.echo(f"Left out: {_deliveries(count)} ({reason.replace('_', ' ')})", err=err)


def _print(found: dict[str, Any]) -> None:

    table = output.table("Replay", "Status", "By", keep=("Replay",), right=("Done", "Per min", "Started"))
    for one in found["items"]:
        done = f"{one['total'] - one['pending']}/{one['total']}"
        status = output.styled(one["status"], STYLES)
        table.add_row(
            one["id"], status, one["createdBy"], done, str(one["ratePerMinute"]), output.ago(one["createdAt"])
        )
    output.console().print(table)


def _print_one(one: dict[str, Any]) -> None:
    done = one["total"] - one["pending"]
    speed = f", {one['ratePerMinute']} per minute" if one["status"] in OPEN else ""
    typer.echo(f"replay {one['id']} {one['status']}: {done} of {one['total']}{speed}")
    if one["pausedReason"]:
        typer.echo(f"Paused by {one['pausedBy']}: {one['pausedReason']}")
    if one["outcomes"]:
        typer.echo(", ".join(f"{count} {name.replace('_', ' ')}" for name, count in one["outcomes"].items()))
    if one["runs"]:
        typer.echo("runs: " + ", ".join(f"{count} {status}" for status, count in one["runs"].items()))


def _deliveries(count: int) -> str:
    return "1 delivery" if count == 1 else f"{count} deliveries"
