"""`podium execute, runs, run, signal, cancel, rerun`: starts, shows and controls runs."""

from typing import Annotated, Any

import typer

from commands.automations.arguments import Reason
from commands.console import output
from commands.console.api_client import api, part, send
from commands.console.json_arguments import Payload, read_json
from commands.console.output import AsJson
from commands.runs.backfills import DryRun, Limit, Newest, Yes, common, preview_and_start, read_filters
from commands.runs.progress import follow, follow_fired, note, print_end
from models.kinds import KINDS, Kind
from models.rules.number_format import money
from models.states import RunStatus

app = typer.Typer()

WIDE = 130
RunId = Annotated[str, typer.Argument(help="The run's id.", metavar="RUN")]


@app.command()
def execute(
    kind: Annotated[Kind, typer.Argument(help="Its kind.")],
    slug: Annotated[str, typer.Argument(help="Its slug or id.")],
    payload: Payload = None,
    wait: Annotated[
        bool, typer.Option("--wait", help="Follow the run to its end; exit with 1 unless it completes.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Run an agent, workflow, network, campaign or pulse directly."""
    body = {"payload": read_json(payload, "--payload")}
    with api() as client:
        fired = send(client, "POST", f"/api/{KINDS[kind].plural}/{part(slug)}/execute", body=body)
        follow_fired(client, fired, wait, as_json)


@app.command()
def runs(
    automation: Annotated[str | None, typer.Option(help="Only of this automation (slug or id).")] = None,
    primitive: Annotated[str | None, typer.Option(help="Only of this primitive (slug or id).")] = None,
    kind: Annotated[list[Kind] | None, typer.Option(help="Only of this kind; repeatable.")] = None,
    status: Annotated[list[RunStatus] | None, typer.Option(help="Only in this status; repeatable.")] = None,
    held: Annotated[bool, typer.Option("--held", help="Only those that flow control holds.")] = False,
    backfill: Annotated[str | None, typer.Option(help="Only of this backfill.")] = None,
    roots: Annotated[bool, typer.Option("--roots", help="Without child runs.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 30,
    as_json: AsJson = False,
) -> None:
    """List runs, newest first."""
    params: dict[str, Any] = {
        "automation": automation,
        "primitive": primitive,
        "kind": [one.value for one in kind or ()],
        "status": [one.value for one in status or ()],
        "held": "true" if held else None,
        "backfill": backfill,
        "rootsOnly": "true" if roots else None,
        "limit": limit,
    }
    with api() as client:
        found = send(client, "GET", "/api/runs", params=params)
    output.show(found, as_json, _print)


@app.command()
def run(
    run_id: RunId,
    no_follow: Annotated[
        bool, typer.Option("--no-follow", help="Show its current state without following it.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show what happened to a run, with its steps as a timeline; an open one is followed until it ends."""
    with api() as client:
        if not no_follow:
            found = follow(client, run_id, quiet=as_json)
        else:
            found = send(client, "GET", f"/api/runs/{part(run_id)}")
            if not as_json:
                print_end(client, found)
    if as_json:
        output.print_json(found)


@app.command()
def signal(
    run_id: RunId,
    name: Annotated[str, typer.Argument(help="pause, resume, approve, reject, add_task, skip_task or evaluate_now.")],
    argument: Annotated[str | None, typer.Option(help="JSON, or @FILE.")] = None,
    as_json: AsJson = False,
) -> None:
    """Send a signal to a running run."""
    body = {"signal": name, "argument": read_json(argument, "--argument") or {}}
    _act(run_id, "signal", body, f"Sent {name}", as_json)


@app.command()
def cancel(run_id: RunId, reason: Annotated[str, typer.Option(help="Reason.")] = "", as_json: AsJson = False) -> None:
    """Cancel a run and its child runs."""
    _act(run_id, "cancel", {"reason": reason}, "Cancellation requested", as_json)


@app.command()
def rerun(
    run_id: Annotated[str | None, typer.Argument(help="The run's id.", metavar="[RUN]")] = None,
    filters: Annotated[
        list[str] | None,
        typer.Option(
            "--filter",
            help="Run again all that match, such as status=failed, automation=nightly, primitive=scout, kind=agent, "
            "from=2026-03-01, to=2026-03-02 or backfill=ID; repeatable.",
        ),
    ] = None,
    limit: Limit = 1,
    newest_first: Newest = False,
    reason: Reason = "",
    dry_run: DryRun = False,
    yes: Yes = False,
    wait: Annotated[
        bool, typer.Option("--wait", help="Follow the run to its end; exit with 1 unless it completes.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Run again with the same input: one run, or with --filter many that have ended, shown and counted first."""
    if (run_id is None) == (filters is None):
        raise typer.BadParameter("name a run, or give --filter, one of the two")
    if run_id is not None:
        with api() as client:
            follow_fired(client, send(client, "POST", f"/api/runs/{part(run_id)}/rerun"), wait, as_json)
        return
    if wait:
        raise typer.BadParameter("--wait follows a single run", param_hint="--wait")
    body = {"filter": read_filters(filters or ()), **common(limit, newest_first, False, False, reason)}
    preview_and_start("/api/runs/rerun", body, "run", dry_run, yes, as_json)


def _act(run_id: str, verb: str, body: dict[str, Any], done: str, as_json: bool) -> None:
    with api() as client:
        answer = send(client, "POST", f"/api/runs/{part(run_id)}/{verb}", body=body)
    output.show(answer, as_json, lambda found: typer.echo(f"{done}; run {run_id} is {found['status']}."))


def _print(found: dict[str, Any]) -> None:
    out = output.console()
    out.print(_table(found["items"], wide=out.width >= WIDE))


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
