"""`podium preview, secret`: previews an automation before it is saved."""

from datetime import datetime
from typing import Annotated, Any

import typer

from commands.console import output
from commands.console.api_client import api, send
from commands.console.filters import Zone, zone_or_local
from commands.console.json_arguments import read_json
from commands.console.output import AsJson
from models.rules.number_format import money

app = typer.Typer()

SHOWN_FIRES = 5


@app.command()
def preview(
    draft: Annotated[str | None, typer.Option(help="The automation as JSON, or @FILE.")] = None,
    cron: Annotated[str | None, typer.Option(help="A cron expression instead of a whole draft.")] = None,
    tz: Zone = None,
    sample: Annotated[str | None, typer.Option(help="A payload to test the filter with: JSON, or @FILE.")] = None,
    headers: Annotated[str | None, typer.Option(help="Headers of the sample: JSON, or @FILE.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show what a draft would do: fire times, cost, conflicts, and whether its filter matches a sample."""
    asked: dict[str, Any] = read_json(draft, "--draft") or {}
    if cron is not None:
        asked["schedule"] = {**(asked.get("schedule") or {}), "cronExpr": cron, "timezone": zone_or_local(tz)}
    if sample is not None:
        asked["sample"] = {"payload": read_json(sample, "--sample"), "headers": read_json(headers, "--headers") or {}}
    with api() as client:
        found = send(client, "POST", "/api/automations/preview", body=asked)
    output.show(found, as_json, _print)


@app.command()
def secret() -> None:
    """Generate a webhook secret; it is printed and not stored."""
    with api() as client:
        typer.echo(send(client, "POST", "/api/secrets")["secret"])


def _print(found: dict[str, Any]) -> None:
    out = output.console()
    for line in _lines(found):
        out.print(line, markup=False, highlight=False)


def _lines(found: dict[str, Any]) -> list[str]:
    lines = [found["cronText"]] if found["cronText"] else []
    lines += [f"  {datetime.fromisoformat(one['local']):%a %d %b %Y %H:%M}" for one in found["nextFires"][:SHOWN_FIRES]]
    lines += [f"{one['day']}, clocks change: {one['text']}" for one in found["clockChanges"] if one["differs"]]
    if found["cronText"]:
        cost, peak = found["cost"], found["peaks"][0]
        lines.append(f"Cost: {money(cost['estimate']['mean'])} for {cost['occurrences']} runs next month")
        lines.append(f"Peak in 24 hours: {_peak(peak['before'])} -> {_peak(peak['after'])}")
    lines += [f"! {warning}" for warning in found["warnings"]]
    lines += [f"! {one['name']} does the same." for one in found["duplicates"]]
    lines += [
        f"! {one['agent']} would run {one['concurrency']} times at once; its capacity is {one['capacity']}."
        for one in found["conflicts"]
    ]
    return lines + ([_verdict(found["filter"])] if found["filter"] else [])


def _peak(peak: dict[str, Any] | None) -> str:
    return peak["text"] if peak else "nothing"


def _verdict(found: dict[str, Any]) -> str:
    if found["error"]:
        return f"The filter is not valid. {found['error']}"
    if found["fires"] is None:
        return "The filter is valid; test it with --sample."
    return (
        "The sample matches: it would run."
        if found["fires"]
        else f"The sample does not match{_because(found['reason'])}."
    )


def _because(reason: str | None) -> str:
    return f": {reason}" if reason else ""
