"""`podium what-if`: what a set of edits would change, without making them."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import typer

from commands.console import output
from commands.console.api_client import Refused, api, send
from commands.console.filters import Zone, zone_or_local
from commands.console.json_arguments import read_json
from commands.console.output import AsJson
from commands.declarations.sources import BadFile, label_of, read_document
from commands.declarations.yaml_reader import YamlDocument
from models.errors import PodiumError
from models.rules.number_format import duration, money

app = typer.Typer()

WHAT_IF = "/api/load/what-if"
ANSWER_SECONDS = 120.0
SHOWN = 10
CAPACITY = re.compile(r"([^=]+)=(\d+|none)")
SIDES = ("before", "after")


@app.command("what-if")
def what_if(
    file: Annotated[
        str | None, typer.Argument(help="The edits as YAML or JSON, as the API takes them; - reads standard input.")
    ] = None,
    automation: Annotated[str | None, typer.Option(help="Slug or id of an automation to change.")] = None,
    cron: Annotated[str | None, typer.Option(help="Its new cron expression.")] = None,
    flow_control: Annotated[
        str | None, typer.Option(help="Its flow control: fields to change as JSON, or @FILE; null removes it.")
    ] = None,
    budget: Annotated[str | None, typer.Option(help="Its new budget in USD per month.")] = None,
    pause: Annotated[list[str] | None, typer.Option(help="Pause this automation; repeatable.")] = None,
    resume: Annotated[list[str] | None, typer.Option(help="Resume this automation; repeatable.")] = None,
    capacity: Annotated[
        list[str] | None, typer.Option(help="Another capacity: AGENT=NUMBER, or AGENT=none; repeatable.")
    ] = None,
    spread: Annotated[str | None, typer.Option(help="A plan, as `podium spread plan` printed it.")] = None,
    hours: Annotated[int | None, typer.Option(help="How many hours to look ahead, up to 168.", min=1, max=168)] = None,
    tz: Zone = None,
    as_json: AsJson = False,
) -> None:
    """Show load, waits, cost and budget dates without and with edits; changes nothing."""
    document = read_document(file) if file is not None else None
    body: dict[str, Any] = dict(_mapping(file or "", document)) if document else {}
    body.setdefault("tz", zone_or_local(tz))
    body |= {"tz": tz} if tz else {}
    body |= {"hours": hours} if hours else {}
    changes = [*(body.get("changes") or ()), *_change(automation, cron, flow_control, budget)]
    changes += [{"automation": name, "isActive": False} for name in pause or ()]
    changes += [{"automation": name, "isActive": True} for name in resume or ()]
    capacities = [*(body.get("capacities") or ()), *map(_capacity, capacity or ())]
    body |= {"changes": changes, "capacities": capacities} | ({"spreadPlan": spread} if spread else {})
    with api(ANSWER_SECONDS) as client:
        try:
            found = send(client, "POST", WHAT_IF, body=body)
        except Refused as refused:
            raise _located(file, document, refused) from None
    output.show(found, as_json, _print)


def _mapping(file: str, document: YamlDocument) -> dict[str, Any]:
    if not isinstance(document.value, dict):
        raise BadFile(f"{label_of(file)}:1: the file must be a mapping with changes, additions or capacities")
    return document.value


def _change(
    automation: str | None, cron: str | None, flow_control: str | None, budget: str | None
) -> list[dict[str, Any]]:
    given: dict[str, Any] = {"schedule": {"cronExpr": cron}} if cron is not None else {}
    given |= {"flowControl": read_json(flow_control, "--flow-control")} if flow_control is not None else {}
    given |= {"budgetUsdMonth": budget} if budget is not None else {}
    if automation is None:
        if given:
            raise typer.BadParameter("name the automation to change", param_hint="--automation")
        return []
    return [{"automation": automation, **given}]


def _capacity(text: str) -> dict[str, Any]:
    found = CAPACITY.fullmatch(text)
    if found is None:
        raise typer.BadParameter(f"{text!r} is not AGENT=NUMBER", param_hint="--capacity")
    return {"agent": found[1], "capacity": None if found[2] == "none" else int(found[2])}


def _located(file: str | None, document: YamlDocument | None, refused: Refused) -> PodiumError:
    """Return the error with the file's line for its field."""
    field = refused.problem.field
    if document is None or file is None or not field:
        return refused
    place = f"{label_of(file)}:{document.line_of(field)}: {field}"
    return BadFile(f"{place}: {refused.problem.detail}", hint=refused.problem.hint)


def _print(found: dict[str, Any]) -> None:
    out = output.console()
    rows = output.table("", right=("Now", "With the edits"))
    for name, texts in _totals(found):
        rows.add_row(name, *texts)
    out.print(rows)
    listed = output.table("Automation", right=("Waits p50", "p95", "Longest", "Starts", "Cost a month"), keep=())
    for one in found["automations"][:SHOWN]:
        listed.add_row(output.printable(one["name"]), *_automation(one))
    out.print(listed)
    for line in _lines(found):
        out.print(line, markup=False, highlight=False)


def _totals(found: dict[str, Any]) -> list[tuple[str, tuple[str, str]]]:
    sides = [found[side] for side in SIDES]
    lines = [
        ("Busiest hour", [one["peak"]["text"] if one["peak"] else "nothing" for one in sides]),
        ("Most at once", [f"{one['peakConcurrency']:,}" for one in sides]),
        ("Waits, half of the runs", [_wait(one["waits"]["p50Ms"]) for one in sides]),
        ("Waits, 95 of 100", [_wait(one["waits"]["p95Ms"]) for one in sides]),
        ("Longest wait", [_longest(one) for one in sides]),
        ("Dropped or folded", [f"{_dropped(one['flow']):,}" for one in sides]),
        ("Cost of the coming month", [_cost(one) for one in sides]),
    ]
    return [(name, (texts[0], texts[1])) for name, texts in lines]


def _longest(side: dict[str, Any]) -> str:
    by = f" ({side['longest']})" if side["longest"] else ""
    return output.printable(f"{_wait(side['waits']['longestMs'])}{by}")  # type: ignore[no-any-return]


def _cost(side: dict[str, Any]) -> str:
    return money(side["monthUsd"]) + (f" and {side['unknown']} unknown" if side["unknown"] else "")


def _automation(one: dict[str, Any]) -> Sequence[str]:
    sides = [one[side] for side in SIDES]
    return (
        *(_both([side and _wait(side["waits"][name]) for side in sides]) for name in ("p50Ms", "p95Ms", "longestMs")),
        _both([side and f"{side['flow']['started']:,}" for side in sides]),
        _both([side and money(side["monthUsd"]) for side in sides]),
    )


def _both(texts: Sequence[str | None]) -> str:
    before, after = (text or "-" for text in texts)
    return before if before == after else f"{before} -> {after}"


def _lines(found: dict[str, Any]) -> list[str]:
    basis = found["basis"]
    more = found["automationsLeftOut"] + max(0, len(found["automations"]) - SHOWN)
    lines = [f"and {more} more automations"] if more else []
    for one in found["automations"]:
        lines += _budget(one)
    for one in found["agents"]:
        sides = [one[side] for side in SIDES]
        if not any(side["waits"]["waited"] for side in sides):
            continue
        waits = _both([_wait(side["waits"]["p95Ms"]) for side in sides])
        places = _both([str(side["capacity"] or "no limit") for side in sides])
        lines.append(f"Agent {one['agent']}: capacity {places}, 95 of 100 calls wait at most {waits}")
    begin, end = (datetime.fromisoformat(basis[name]) for name in ("simulatedFrom", "simulatedTo"))
    lines.append(
        f"Simulated: {basis['simulated']:,} automations, {begin:%a %H:%M} to {end:%a %H:%M}, from {basis['runs']:,} "
        f"measured runs and {basis['deliveries']:,} deliveries. All others wait as before."
    )
    lines += [f"{one['name']}: {one['basis']['text']}" for one in found["automations"][:SHOWN] if one["edited"]]
    lines += [f"! Assumed for {text}" for text in basis["assumed"]]
    return [output.printable(line) for line in lines + [f"! {note}" for note in basis["notes"]]]


def _budget(one: dict[str, Any]) -> list[str]:
    budgets = [side and side["budget"] for side in (one["before"], one["after"])]
    if not any(budgets):
        return []
    return [f"Budget of {one['name']}: {_both([_date(budget) for budget in budgets])}"]


def _date(budget: dict[str, Any] | None) -> str:
    if budget is None:
        return "none"
    ends = budget["endsAt"]
    when = f"spent on {datetime.fromisoformat(ends):%d %b}" if ends else "lasts"
    return f"{money(budget['limitUsd'])} a month, {when}"


def _wait(milliseconds: int | None) -> str:
    return "-" if milliseconds is None else "none" if milliseconds == 0 else duration(milliseconds)


def _dropped(flow: dict[str, Any]) -> int:
    return int(sum(flow["skipped"].values()) + sum(flow["folded"].values()))
