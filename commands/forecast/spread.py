"""`podium spread plan, apply, undo`: moves schedules by a few minutes so that fewer runs start together."""

import re
from collections import Counter
from datetime import datetime
from typing import Annotated, Any

import typer

from commands.console import output
from commands.console.api_client import api, part, send
from commands.console.filters import Zone, filterable, zone_or_local
from commands.console.output import AsJson

app = typer.Typer(help="Move schedules by a few minutes so that fewer runs start together.", no_args_is_help=True)

SPREAD = "/api/load/spread"
ANSWER_SECONDS = 300.0
MOST_SHOWN = 20
FORBIDDEN = re.compile(r"(\d\d:\d\d)-(\d\d:\d\d)")
BECAUSE = {
    "hour": "its hour is too full",
    "minute": "its minute is too full",
    "room": "to make room",
    "back": "back towards its own time",
}
PlanId = Annotated[str, typer.Argument(help="The plan, as `podium spread plan` printed it.", metavar="PLAN")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")]


@app.command()
@filterable
def plan(
    asked: dict[str, Any],
    automations: Annotated[
        list[str] | None, typer.Argument(help="Slugs or ids; without them, the filters apply; without either, all.")
    ] = None,
    slack: Annotated[
        int | None,
        typer.Option(
            help="Minutes, either way, for schedules that have no `spreadMinutes` of their own; by default what the "
            "server's PODIUM_SPREAD_MINUTES says."
        ),
    ] = None,
    target_hour: Annotated[float | None, typer.Option(help="The most agent runs that should start in an hour.")] = None,
    target_minute: Annotated[
        float | None, typer.Option(help="The most agent runs that should be going on in a minute.")
    ] = None,
    forbid: Annotated[
        list[str] | None,
        typer.Option(help="Move nothing into this time of day, such as 22:00-06:00; repeatable."),
    ] = None,
    tz: Zone = None,
    as_json: AsJson = False,
) -> None:
    """Plan which schedules to move; changes nothing."""
    filters = {name: value for name, value in asked.items() if value}
    if automations and filters:
        raise typer.BadParameter("name automations or filter them, not both")
    body: dict[str, Any] = {"tz": zone_or_local(tz), "slackMinutes": slack}
    body |= {"automations": automations} if automations else {}
    body |= {"filter": filters} if filters else {}
    body |= {"targetHour": target_hour, "targetMinute": target_minute}
    body["forbiddenWindows"] = [_window(text) for text in forbid or ()]
    with api(ANSWER_SECONDS) as client:
        found = send(client, "POST", SPREAD, body=body)
    output.show(found, as_json, _print)


@app.command()
def apply(plan_id: PlanId, yes: Yes = False, as_json: AsJson = False) -> None:
    """Move the schedules of a plan, all or none."""
    _carry_out(plan_id, "apply", "Move {} schedules?", yes, as_json)


@app.command()
def undo(plan_id: PlanId, yes: Yes = False, as_json: AsJson = False) -> None:
    """Move the schedules of an applied plan back, all or none."""
    _carry_out(plan_id, "undo", "Move {} schedules back?", yes, as_json)


def _carry_out(plan_id: str, action: str, question: str, yes: bool, as_json: bool) -> None:
    with api() as client:
        if not yes:
            found = send(client, "GET", f"{SPREAD}/{part(plan_id)}")
            typer.confirm(question.format(len(found["moves"])), abort=True, err=True)
        done = send(client, "POST", f"{SPREAD}/{part(plan_id)}/{action}")
    output.show(done, as_json, lambda result: typer.echo("\n".join(_done(result, action))))


def _window(text: str) -> dict[str, str]:
    found = FORBIDDEN.fullmatch(text)
    if found is None:
        raise typer.BadParameter(f"{text!r} is not a time of day such as 22:00-06:00", param_hint="--forbid")
    return {"start": found[1], "end": found[2]}


def _print(found: dict[str, Any]) -> None:
    from rich.markup import escape

    out = output.console()
    before, after, bound, target = (found[name] for name in ("before", "after", "lowerBound", "target"))
    peaks = output.table("", right=("Now", "Planned", "No plan below"))
    for name, key, limit in (("Busiest hour", "peakHour", "hour"), ("Busiest minute", "peakMinute", "minute")):
        peaks.add_row(name, f"{before[key]:g}", f"{after[key]:g}", f"{bound[limit]:g}")
    out.print(peaks)
    out.print(
        f"In agent runs, over the coming week. {found['immovablePercent']:g} % of the busiest hour cannot leave it."
    )
    if not found["reached"]:
        out.print(f"The target ({target['hour']:g} an hour, {target['minute']:g} a minute) cannot be reached.")
    if found["moves"]:
        moves = output.table("Schedule", "Now", "Planned", "Why", right=("Minutes",), keep=("Schedule",))
        for move in found["moves"][:MOST_SHOWN]:
            words = escape(move["slug"]), move["textFrom"], move["textTo"], BECAUSE[move["because"]]
            moves.add_row(*words, f"{move['shiftMinutes']:+d}")
        out.print(moves)
    for line in _summary(found):
        out.print(line, markup=False)


def _summary(found: dict[str, Any]) -> list[str]:
    moves, stays = found["moves"], Counter(one["reason"] for one in found["unmovable"])
    more = f" (the first {MOST_SHOWN} are shown)" if len(moves) > MOST_SHOWN else ""
    lines = [f"{len(moves)} would move{more}, {found['totalShiftMinutes']} minutes in all."]
    lines += [f"{count} cannot move: {reason.replace('_', ' ')}" for reason, count in stays.most_common()]
    if moves:
        lines.append(f"Nothing has changed yet. To move them: podium spread apply {found['planId']}")
    else:
        lines.append("There is nothing to move.")
    return lines


def _done(found: dict[str, Any], action: str) -> list[str]:
    moved = "moved" if action == "apply" else "moved back"
    at = datetime.fromisoformat(found["appliedAt" if action == "apply" else "undoneAt"]).astimezone()
    lines = [f"{len(found['moves'])} schedules {moved} at {at:%H:%M}."]
    around = found["changeover"]
    for key, text in (
        ("runsTwice", "Due shortly before, and due again at the new time"),
        ("skipsOnce", "Not due this time, because the new time has passed"),
    ):
        if around[key]:
            lines.append(f"{text}: {', '.join(one['slug'] for one in around[key])}")
    if action == "apply":
        lines.append(f"To move them back: podium spread undo {found['planId']}")
    return lines
