"""`podium execute, runs, run, signal, cancel, rerun`: what a person does with runs."""

from typing import Annotated, Any

import typer

from commands import output
from commands.following import follow, follow_fired, print_end, print_moves
from commands.http import api, part, send
from commands.output import AsJson
from commands.payloads import Payload, read_json
from models.kinds import KINDS, Kind
from models.states import RunStatus

app = typer.Typer()

RunId = Annotated[str, typer.Argument(help="The run's id.", metavar="RUN")]


@app.command()
def execute(
    kind: Annotated[Kind, typer.Argument(help="What it is.")],
    slug: Annotated[str, typer.Argument(help="Its slug or id.")],
    payload: Payload = None,
    wait: Annotated[bool, typer.Option("--wait", help="Follow the run to its end; 1 if it does not complete.")] = False,
    as_json: AsJson = False,
) -> None:
    """Run an agent, workflow, network, campaign or pulse directly."""
    body = {"payload": read_json(payload, "--payload")}
    with api() as client:
        fired = send(client, "POST", f"/api/{KINDS[kind].plural}/{part(slug)}/execute", body=body)
        follow_fired(client, fired, wait, as_json)


@app.command()
def runs(
    automation: Annotated[str | None, typer.Option(help="Only of this automation.")] = None,
    primitive: Annotated[str | None, typer.Option(help="Only of this primitive.")] = None,
    kind: Annotated[list[Kind] | None, typer.Option(help="Only of this kind; may be repeated.")] = None,
    status: Annotated[list[RunStatus] | None, typer.Option(help="Only in this status; may be repeated.")] = None,
    roots: Annotated[bool, typer.Option("--roots", help="Leave out what other runs caused.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 30,
    as_json: AsJson = False,
) -> None:
    """List runs, newest first."""
    params: dict[str, Any] = {
        "automation": automation,
        "primitive": primitive,
        "kind": [one.value for one in kind or ()],
        "status": [one.value for one in status or ()],
        "rootsOnly": "true" if roots else None,
        "limit": limit,
    }
    with api() as client:
        found = send(client, "GET", "/api/runs", params=params)
    if as_json:
        output.print_json(found)
    else:
        output.console().print(_table(found["items"]))


@app.command()
def run(
    run_id: RunId,
    no_follow: Annotated[bool, typer.Option("--no-follow", help="Show it as it is now.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show a run and follow its steps until it ends."""
    with api() as client:
        if not no_follow:
            found = follow(client, run_id, quiet=as_json)
        else:
            found = send(client, "GET", f"/api/runs/{part(run_id)}")
            if not as_json:
                print_moves(found, {})
                print_end(found)
    if as_json:
        output.print_json(found)


@app.command()
def signal(
    run_id: RunId,
    name: Annotated[str, typer.Argument(help="pause, resume, approve, reject, add_task, skip_task or evaluate_now.")],
    argument: Annotated[str | None, typer.Option(help="JSON, or @FILE that holds it.")] = None,
    as_json: AsJson = False,
) -> None:
    """Send a running run a signal."""
    body = {"signal": name, "argument": read_json(argument, "--argument") or {}}
    _act(run_id, "signal", body, f"Sent {name}", as_json)


@app.command()
def cancel(run_id: RunId, reason: Annotated[str, typer.Option(help="Why.")] = "", as_json: AsJson = False) -> None:
    """Cancel a run and everything below it."""
    _act(run_id, "cancel", {"reason": reason}, "Asked to cancel", as_json)


@app.command()
def rerun(
    run_id: RunId,
    wait: Annotated[bool, typer.Option("--wait", help="Follow the run to its end; 1 if it does not complete.")] = False,
    as_json: AsJson = False,
) -> None:
    """Run the same once more with the same input."""
    with api() as client:
        follow_fired(client, send(client, "POST", f"/api/runs/{part(run_id)}/rerun"), wait, as_json)


def _act(run_id: str, verb: str, body: dict[str, Any], done: str, as_json: bool) -> None:
    with api() as client:
        answer = send(client, "POST", f"/api/runs/{part(run_id)}/{verb}", body=body)
    if as_json:
        output.print_json(answer)
    else:
        typer.echo(f"{done}; run {run_id} is {answer['status']}.")


def _table(found: list[dict[str, Any]]) -> Any:
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("Run", "Status", "Kind", "Name", "Automation", "When"):
        table.add_column(name)
    for name in ("Took", "Cost"):
        table.add_column(name, justify="right")
    for one in found:
        table.add_row(
            one["id"],
            output.styled(one["status"], output.STATUS_STYLES),
            one["kind"],
            escape(one["primitive"]["name"]),
            escape(one["automation"]["name"]) if one["automation"] else "-",
            output.ago(one["startedAt"] or one["queuedAt"]),
            output.duration(one["durationMs"]),
            output.money(one["costUsd"]) if one["startedAt"] else "-",
        )
    return table
