"""`podium execute, run, signal, cancel, rerun`: starts, shows and controls runs."""

from typing import Annotated, Any

import typer

from commands.automations.arguments import Reason
from commands.console import output
from commands.console.api_client import MANY_SECONDS, api, part, send
from commands.console.json_arguments import Payload, read_json
from commands.console.output import AsJson
from commands.runs.backfills import DryRun, Limit, Newest, Yes, common, preview_and_start, read_filters
from commands.runs.progress import follow, follow_fired, print_end
from models.kinds import KINDS, Kind
from models.rules.number_format import plural

app = typer.Typer()

RunId = Annotated[str, typer.Argument(help="The run's id.", metavar="RUN")]
OneRun = Annotated[str | None, typer.Argument(help="The run's id.", metavar="[RUN]")]


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
def cancel(
    run_id: OneRun = None,
    filters: Annotated[
        list[str] | None,
        typer.Option(
            "--filter",
            help="Cancel all open runs that match, such as status=queued, automation=nightly, primitive=scout, "
            "kind=agent, from=2026-03-01, source=webhook or backfill=ID; repeatable.",
        ),
    ] = None,
    reason: Annotated[str, typer.Option(help="Reason.")] = "",
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Cancel a run and its child runs, or with --filter many open ones, shown and counted first."""
    if (run_id is None) == (filters is None):
        raise typer.BadParameter("name a run, or give --filter, one of the two")
    if run_id is not None:
        _act(run_id, "cancel", {"reason": reason}, "Cancellation requested", as_json)
        return
    with api(MANY_SECONDS) as client:
        wanted = {"filter": read_filters(filters or ()), "dryRun": True}
        preview = send(client, "POST", "/api/runs/cancel", body=wanted)
        ids = preview["runIds"]
        if dry_run or not ids:
            output.show(preview, as_json, lambda _: typer.echo(_counted(preview)))
            return
        if not yes:
            typer.confirm(f"{_counted(preview)} Cancel {'it' if len(ids) == 1 else 'them'}?", abort=True)
        done = send(client, "POST", "/api/runs/cancel", body={"filter": {"runIds": ids}, "reason": reason})
    output.show(done, as_json, _print_cancelled)
    if done["notReached"]:
        raise typer.Exit(1)


def _counted(preview: dict[str, Any]) -> str:
    by_status = ", ".join(f"{count} {status}" for status, count in preview["byStatus"].items())
    count = len(preview["runIds"])
    return f"{plural(count, 'open run')} to cancel{f' ({by_status})' if by_status else ''}."


def _print_cancelled(done: dict[str, Any]) -> None:
    typer.echo(f"Cancelled {plural(len(done['runIds']), 'run')}.")
    for one in done["notCancelled"]:
        typer.echo(f"  not run {one['runId']}: {one['detail']}")
    if done["notReached"]:
        typer.echo(f"{plural(len(done['notReached']), 'run')} not reached in time: cancel again.", err=True)


@app.command()
def rerun(
    run_id: OneRun = None,
    filters: Annotated[
        list[str] | None,
        typer.Option(
            "--filter",
            help="Run again all that match, such as status=failed, automation=nightly, primitive=scout, kind=agent, "
            "from=2026-03-01, to=2026-03-02, source=webhook, error=KEY, errorType=CODE, q=WORDS or backfill=ID; "
            "repeatable.",
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
