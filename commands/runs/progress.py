"""Follows a run until it ends, with one line for each step that changes."""

import time
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

import typer

from commands.console import output
from commands.console.api_client import part, send
from commands.runs.timeline import print_timeline
from models.rules.number_format import money, plural
from models.states import OPEN_STATUSES

if TYPE_CHECKING:
    import httpx2

INTERVAL_SECONDS = 0.5
OUTPUT_LENGTH = 2000
INTERRUPTED = 130
"""The exit code that shells use for Ctrl-C."""
_BELOW = "the stuck run below"


def follow_fired(client: "httpx2.Client", fired: dict[str, Any], wait: bool, as_json: bool) -> None:
    """Print the runs that were started; with `wait`, follow them and exit with 1 unless all complete."""
    if as_json and not wait:
        output.print_json(fired)
        return
    ended = []
    for run in fired["runs"]:
        if not as_json:
            typer.echo(f"run {run['runId']} {run['status']}{note(run)}")
        if wait:
            ended.append(follow(client, run["runId"], quiet=as_json))
    if as_json:
        output.print_json(ended)
    elif not fired["runs"]:
        typer.echo("Nothing ran: no automation listens, or no filter matched.")
    if any(run["status"] != "completed" for run in ended):
        raise typer.Exit(1)


def note(run: dict[str, Any]) -> str:
    """Return why a run was skipped, or what it waits for before it may start; "" if neither."""
    if held := run.get("held"):
        place = f", number {held['position']} in the queue" if held["position"] else ""
        return f" (waiting: {held['by']}{place})"
    return f" ({run['reason']})" if run["reason"] else ""


def follow(client: "httpx2.Client", run_id: str, *, quiet: bool = False) -> dict[str, Any]:
    """Print a run's steps as they change, until it ends; return the finished run.

    Ctrl-C stops following only; the run goes on.
    """
    try:
        run = _poll(client, run_id, quiet)
    except KeyboardInterrupt:
        typer.echo(
            f"\nNo longer following; run {run_id} goes on. Follow it again: podium run {run_id}\n"
            f"Cancel it: podium cancel {run_id}",
            err=True,
        )
        raise typer.Exit(INTERRUPTED) from None
    if not quiet:
        print_end(client, run)
    return run


def _poll(client: "httpx2.Client", run_id: str, quiet: bool) -> dict[str, Any]:
    seen: dict[str, str] = {}
    while True:
        run: dict[str, Any] = send(client, "GET", f"/api/runs/{part(run_id)}")
        is_open = run["status"] in OPEN_STATUSES
        # The timeline of one that had ended before says it all.
        if not quiet and (is_open or seen):
            print_step_changes(output.printable(run), seen)
        if not is_open:
            return run
        time.sleep(INTERVAL_SECONDS)


def print_step_changes(run: dict[str, Any], seen: dict[str, str]) -> None:
    """Print the steps whose status differs from `seen`, and update `seen`."""
    from rich.markup import escape

    out = output.console()
    for depth, path, step in _walk(run["steps"], "", 0):
        status = step["status"]
        if seen.get(path) == status or status == "pending":
            continue
        seen[path] = status
        at = step["finishedAt"] or step["startedAt"]
        time_of_day = datetime.fromisoformat(at).astimezone().strftime("%H:%M:%S") if at else "        "
        error = f"  {escape(step['error']['message'])}" if step["error"] else ""
        out.print(
            f"{time_of_day}  {'  ' * depth}{escape(step['key'])} ",
            output.styled(status, output.STATUS_STYLES),
            error,
            sep="",
        )
    if (below := run["stuckBelow"]) and seen.get(_BELOW) != below["runId"]:
        seen[_BELOW] = below["runId"]
        out.print(
            f"It waits for {below['name']}, which is stuck: podium run {below['runId']}", style="red", markup=False
        )


def print_end(client: "httpx2.Client", found: dict[str, Any]) -> None:
    """Print what happened to a run, its timeline, cost and output."""
    import json

    from rich.markup import escape

    run = output.printable(found)
    out = output.console()
    status = output.styled(run["status"], output.STATUS_STYLES)
    out.print(f"{run['kind']} {escape(run['primitive']['name'])}: {status}{escape(note(run))}, cost {_cost(run)}")
    out.print(run["sentence"], style="red" if run["error"] else None, markup=False)
    if run["foldedInto"]:
        out.print(f"Run {run['foldedInto']} stands for it.", markup=False)
    print_timeline(client, found["id"])
    if run["error"] and not run["tellsError"]:
        out.print(_in_short(f"{run['error']['type']}: {run['error']['message']}"), style="red", markup=False)
    if run["note"]:
        out.print(f"note: {run['note']}", style="yellow", markup=False)
    if run["output"] is not None:
        out.print(_in_short(json.dumps(run["output"], ensure_ascii=False)), markup=False)
    if run["history"]["url"]:
        out.print(run["history"]["url"], style="dim", markup=False)


def _in_short(text: str) -> str:
    return text if len(text) <= OUTPUT_LENGTH else f"{text[:OUTPUT_LENGTH]}…"


def _cost(run: dict[str, Any]) -> str:
    """Return the cost of a run, and how much of it is not known."""
    known, unknown = run["cost"]["knownUsd"], run["cost"]["unknown"]
    if not unknown:
        return money(known)
    missing = f"{plural(unknown, 'call')} unknown"
    return f"{money(known)} and {missing}" if known is not None else f"unknown ({plural(unknown, 'call')})"


def _walk(steps: list[dict[str, Any]], above: str, depth: int) -> Iterator[tuple[int, str, dict[str, Any]]]:
    for number, step in enumerate(steps):
        path = f"{above}/{number}"
        yield depth, path, step
        yield from _walk(step["children"], path, depth + 1)
