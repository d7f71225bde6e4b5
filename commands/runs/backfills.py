"""`podium backfill`: runs past due times of a schedule, and shows and controls backfills; also reruns by filter."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from commands.automations.arguments import Automation, Reason
from commands.console import output
from commands.console.api_client import api, part, send
from commands.console.instants import instant
from commands.console.output import AsJson
from models.rules.number_format import money
from models.states import Again, BackfillOrder, BackfillStatus

app = typer.Typer(help="Run past due times of a schedule, behind live runs.", no_args_is_help=True)

MOST_SHOWN = 20
ANSWER_SECONDS = 120.0
LEFT_OUT = {
    "ran": "have run",
    "failed": "have failed (--again failed runs them again)",
    "cancelled": "were cancelled (--again failed runs them again)",
    "under_way": "are under way",
    "may_start": "may still start by themselves",
    "missed": "were missed, which a backfill runs",
    "archived": "belong to something that is archived",
}
FILTERS: dict[str, type] = {
    **dict.fromkeys(("status", "kind", "source", "automation", "primitive"), list),
    **dict.fromkeys(("error", "errorType", "reason", "model"), list),
    **dict.fromkeys(("from", "to", "backfill", "delivery", "minCostUsd", "maxCostUsd", "q"), str),
}
STYLES = {"running": "blue", "paused": "yellow", "completed": "green", "cancelled": "yellow"}
BackfillId = Annotated[str, typer.Argument(help="The backfill, as `podium backfill list` prints it.", metavar="ID")]
Limit = Annotated[int, typer.Option(help="How many of its runs may be under way at once.", min=1, max=100)]
Newest = Annotated[bool, typer.Option("--newest-first", help="Start with the newest; otherwise with the oldest.")]
Dependents = Annotated[
    bool, typer.Option("--fire-dependents", help="Let the ends of its runs fire automations that depend on theirs.")
]
Health = Annotated[bool, typer.Option("--count-in-health", help="Count their outcomes for severity and health policy.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show what would run.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")]


@app.command()
def start(
    automation: Automation,
    since: Annotated[str, typer.Option("--from", help="First time, such as 2026-03-01 or 2026-03-01T09:00.")],
    until: Annotated[str | None, typer.Option("--to", help="Last time, included; default: now.")] = None,
    again: Annotated[
        Again, typer.Option(help="Which due times to run that have run before: none, failed (and cancelled), or all.")
    ] = Again.NONE,
    limit: Limit = 1,
    newest_first: Newest = False,
    force: Annotated[bool, typer.Option("--force", help="Run them even while the automation is paused.")] = False,
    fire_dependents: Dependents = False,
    count_in_health: Health = False,
    reason: Reason = "",
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Run the due times of a schedule between two times that have no run; shows them, and asks first."""
    body = common(limit, newest_first, fire_dependents, count_in_health, reason) | {
        "from": instant(since, "--from"),
        "to": instant(until, "--to"),
        "again": again.value,
        "force": force,
    }
    preview_and_start(f"/api/automations/{part(automation)}/backfill", body, "due time", dry_run, yes, as_json)


@app.command("list")
def list_all(
    automation: Annotated[str | None, typer.Option(help="Only of this automation (slug or id).")] = None,
    status: Annotated[list[BackfillStatus] | None, typer.Option(help="Only in this status; repeatable.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 30,
    as_json: AsJson = False,
) -> None:
    """List backfills, reruns of many runs and catch-ups, newest first."""
    params = {"automation": automation, "status": [one.value for one in status or ()], "limit": limit}
    with api() as client:
        found = send(client, "GET", "/api/backfills", params=params)
    output.show(found, as_json, lambda page: output.console().print(_table(page["items"])))


@app.command()
def show(backfill: BackfillId, as_json: AsJson = False) -> None:
    """Show one backfill and how far it is."""
    with api() as client:
        found = send(client, "GET", f"/api/backfills/{part(backfill)}")
    output.show(found, as_json, _print_one)


@app.command()
def pause(backfill: BackfillId, reason: Reason = "", as_json: AsJson = False) -> None:
    """Start no more runs of a backfill; what is under way goes on."""
    _change(backfill, "pause", reason, as_json)


@app.command()
def resume(backfill: BackfillId, reason: Reason = "", as_json: AsJson = False) -> None:
    """Go on with a paused backfill."""
    _change(backfill, "resume", reason, as_json)


@app.command()
def cancel(backfill: BackfillId, reason: Reason = "", yes: Yes = False, as_json: AsJson = False) -> None:
    """Take back the runs of a backfill that have not started; what is under way goes on."""
    if not yes:
        with api() as client:
            found = send(client, "GET", f"/api/backfills/{part(backfill)}")
        typer.confirm(f"Take back {_runs(found['pending'])} that have not started?", abort=True, err=True)
    _change(backfill, "cancel", reason, as_json)


@app.command()
def limit(
    backfill: BackfillId,
    runs: Annotated[int, typer.Argument(help="How many of its runs may be under way at once.", min=1, max=100)],
    as_json: AsJson = False,
) -> None:
    """Change how many runs of a backfill are under way at once."""
    with api() as client:
        found = send(client, "PATCH", f"/api/backfills/{part(backfill)}", body={"limit": runs})
    output.show(found, as_json, _print_one)


def preview_and_start(
    path: str, body: dict[str, Any], what: str, dry_run: bool, yes: bool, as_json: bool
) -> dict[str, Any] | None:
    """Show what would run, ask, and start exactly that; return the backfill, None if it was not started."""
    with api(ANSWER_SECONDS) as client:
        plan = send(client, "POST", path, body=body | {"dryRun": True})
        if dry_run or not plan["count"]:
            output.show(plan, as_json, lambda found: _print_plan(found, what))
            return None
        if not yes:
            _print_plan(output.printable(plan), what)
            typer.confirm(f"Start {_runs(plan['count'])}?", abort=True, err=True)
        done: dict[str, Any] = send(client, "POST", path, body=body | {"token": plan["token"]})
    output.show(done, as_json, lambda found: typer.echo("\n".join(_started(found["backfill"]))))
    return done


def read_filters(given: Sequence[str]) -> dict[str, Any]:
    """Read filters such as `status=failed`; what may be repeated is a list."""
    found: dict[str, Any] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or name not in FILTERS:
            names = ", ".join(FILTERS)
            raise typer.BadParameter(f"{text!r} is not NAME=VALUE with one of {names}", param_hint="--filter")
        if FILTERS[name] is list:
            found.setdefault(name, []).append(value)
        elif name in found:
            raise typer.BadParameter(f"{name} is given twice", param_hint="--filter")
        else:
            found[name] = instant(value, "--filter") if name in ("from", "to") else value
    return found


def common(limit: int, newest: bool, dependents: bool, health: bool, reason: str) -> dict[str, Any]:
    order = BackfillOrder.NEWEST if newest else BackfillOrder.OLDEST
    given = {"limit": limit, "order": order.value, "fireDependents": dependents, "countInHealth": health}
    return {**given, "reason": reason}


def _change(backfill: str, verb: str, reason: str, as_json: bool) -> None:
    with api(ANSWER_SECONDS) as client:
        found = send(client, "POST", f"/api/backfills/{part(backfill)}/{verb}", body={"reason": reason})
    output.show(found, as_json, _print_one)


def _print_plan(plan: dict[str, Any], what: str) -> None:
    from rich.markup import escape

    out, running = output.console(), [item for item in plan["items"] if item["leftOut"] is None]
    if running:
        table = output.table("Due" if what == "due time" else "Queued", "Run", "Until now", keep=("Run",))
        for item in running[:MOST_SHOWN]:
            at = output.local(item["dueAt"] if what == "due time" else item["queuedAt"])
            name = item["runId"] or "-"
            why = f" ({item['reason']})" if item["reason"] else ""
            table.add_row(at, name, escape(f"{item['status'] or 'no run'}{why} {item['name'] or ''}".strip()))
        out.print(table)
        if len(running) > MOST_SHOWN:
            out.print(f"and {len(running) - MOST_SHOWN} more (--json shows all)", markup=False)
    for line in _summary(plan, what):
        out.print(line, markup=False)


def _summary(plan: dict[str, Any], what: str) -> list[str]:
    count, costs = plan["count"], plan["estimate"]
    plural = what if count == 1 else f"{what}s"
    again = "" if what == "due time" else " again"
    lines = [f"{count} {plural} would run{again}." if count else f"No {what} would run{again}."]
    lines += [f"Left out: {number} {LEFT_OUT.get(why, why)}." for why, number in plan["leftOut"].items()]
    if count:
        unknown = f"; {costs['unknownRuns']} of unknown cost" if costs["unknownRuns"] else ""
        high = f" (p90 {money(costs['p90Usd'])})" if costs["p90Usd"] is not None else ""
        lines.append(f"Estimated cost: {money(costs['meanUsd'])}{high}{unknown}.")
    if count and costs["seconds"] is not None:
        lines.append(f"Estimated duration: {output.duration(costs['seconds'] * 1000)}.")
    return [*lines, *plan["warnings"]]


def _started(backfill: dict[str, Any]) -> list[str]:
    return [
        f"{_runs(backfill['total'])} {'wait' if backfill['total'] != 1 else 'waits'} in backfill {backfill['id']}.",
        f"To see how far it is: podium backfill show {backfill['id']}",
    ]


def _print_one(found: dict[str, Any]) -> None:
    out = output.console()
    out.print(_table([found]))
    states = ("pending", "underWay", "completed", "failed", "cancelled", "skipped")
    words = [f"{found[name]} {'under way' if name == 'underWay' else name}" for name in states if found[name]]
    out.print(f"{_runs(found['total'])}: {', '.join(words)}. Cost so far: {money(found['spentUsd'])}.", markup=False)
    if found["pausedBy"]:
        why = f": {found['pausedReason']}" if found["pausedReason"] else ""
        out.print(f"Paused by {found['pausedBy']}{why}.", markup=False)
    if found["waitsFor"]:
        out.print(f"It waits: {found['waitsFor']}.", markup=False)
    if found["endsAt"]:
        out.print(f"At this speed it ends {output.ago(found['endsAt'])}.", markup=False)
    out.print(f"Its runs: podium runs --backfill {found['id']}", markup=False)


def _table(items: list[dict[str, Any]]) -> Any:
    from rich.markup import escape

    table = output.table("Backfill", "Status", "Of", "Kind", right=("Done", "Failed", "Started"), keep=("Backfill",))
    for one in items:
        of = escape(one["automation"]["name"]) if one["automation"] else "selected runs"
        done = one["total"] - one["pending"] - one["underWay"]
        cells = one["id"], output.styled(one["status"], STYLES), of, one["kind"].replace("_", "-")
        table.add_row(*cells, f"{done} of {one['total']}", str(one["failed"] or "-"), output.ago(one["createdAt"]))
    return table


def _runs(count: int) -> str:
    return "1 run" if count == 1 else f"{count} runs"
