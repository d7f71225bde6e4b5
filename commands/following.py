"""Follows a run until it ends, one line for every step that moves."""

import time
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

import typer

from commands import output
from commands.http import part, send
from models.states import OPEN_STATUSES

if TYPE_CHECKING:
    import httpx2

INTERVAL_SECONDS = 0.5
OUTPUT_LENGTH = 2000


def follow_fired(client: "httpx2.Client", fired: dict[str, Any], wait: bool, as_json: bool) -> None:
    """Say which runs a fire made; with `wait`, follow them, and end with 1 unless all complete."""
    if as_json and not wait:
        output.print_json(fired)
        return
    ended = []
    for run in fired["runs"]:
        if not as_json:
            reason = f" ({run['reason']})" if run["reason"] else ""
            typer.echo(f"run {run['runId']} {run['status']}{reason}")
        if wait:
            ended.append(follow(client, run["runId"], quiet=as_json))
    if as_json:
        output.print_json(ended)
    elif not fired["runs"]:
        typer.echo("Nothing was fired: no filter matched.")
    if any(run["status"] != "completed" for run in ended):
        raise typer.Exit(1)


def follow(client: "httpx2.Client", run_id: str, *, quiet: bool = False) -> dict[str, Any]:
    """Print a run's steps as they move, until it ends; return the run as it is then."""
    seen: dict[str, str] = {}
    while True:
        run: dict[str, Any] = send(client, "GET", f"/api/runs/{part(run_id)}")
        if not quiet:
            print_moves(run, seen)
        if run["status"] not in OPEN_STATUSES:
            break
        time.sleep(INTERVAL_SECONDS)
    if not quiet:
        print_end(run)
    return run


def print_moves(run: dict[str, Any], seen: dict[str, str]) -> None:
    """Print the steps whose status is another than it was, and remember it."""
    from rich.markup import escape

    out = output.console()
    for depth, path, step in _walk(run["steps"], "", 0):
        status = step["status"]
        if seen.get(path) == status or status == "pending":
            continue
        seen[path] = status
        at = step["finishedAt"] or step["startedAt"]
        clock = datetime.fromisoformat(at).astimezone().strftime("%H:%M:%S") if at else "        "
        error = f"  {escape(step['error']['message'])}" if step["error"] else ""
        out.print(
            f"{clock}  {'  ' * depth}{escape(step['key'])} ", output.styled(status, output.STATUS_STYLES), error, sep=""
        )


def print_end(run: dict[str, Any]) -> None:
    """Print what became of a run."""
    import json

    from rich.markup import escape

    out = output.console()
    status = output.styled(run["status"], output.STATUS_STYLES)
    reason = f" ({escape(run['reason'])})" if run["reason"] else ""
    took, cost = output.duration(run["durationMs"]), output.money(run["costUsd"])
    out.print(f"{run['kind']} {escape(run['primitive']['name'])}: {status}{reason} in {took}, cost {cost}")
    if run["error"]:
        out.print(f"{run['error']['type']}: {run['error']['message']}", style="red", markup=False)
    if run["output"] is not None:
        text = json.dumps(run["output"], ensure_ascii=False)
        out.print(text if len(text) <= OUTPUT_LENGTH else f"{text[:OUTPUT_LENGTH]}…", markup=False)
    if run["temporalUrl"]:
        out.print(run["temporalUrl"], style="dim", markup=False)


def _walk(steps: list[dict[str, Any]], above: str, depth: int) -> Iterator[tuple[int, str, dict[str, Any]]]:
    for number, step in enumerate(steps):
        path = f"{above}/{number}"
        yield depth, path, step
        yield from _walk(step["children"], path, depth + 1)
