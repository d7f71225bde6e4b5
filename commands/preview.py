"""`podium preview, events, secret`: what somebody who writes an automation wants to know before it is saved."""

from datetime import datetime
from typing import Annotated, Any

import typer

from commands import output
from commands.http import api, send
from commands.narrowing import Zone, zone_or_here
from commands.output import AsJson
from commands.payloads import read_json

app = typer.Typer()

SHOWN_FIRES = 5


@app.command()
def preview(
    draft: Annotated[str | None, typer.Option(help="The automation as JSON, or @FILE that holds it.")] = None,
    cron: Annotated[str | None, typer.Option(help="A cron text instead of a whole draft.")] = None,
    tz: Zone = None,
    sample: Annotated[str | None, typer.Option(help="JSON, or @FILE: would the draft's filter let it through?")] = None,
    headers: Annotated[str | None, typer.Option(help="The sample's headers, as JSON or @FILE.")] = None,
    as_json: AsJson = False,
) -> None:
    """Tell what a draft would do: when it fires, what it costs, whom it crowds, what its filter makes of a sample."""
    asked: dict[str, Any] = read_json(draft, "--draft") or {}
    if cron is not None:
        asked["schedule"] = {**(asked.get("schedule") or {}), "cronExpr": cron, "timezone": zone_or_here(tz)}
    if sample is not None:
        asked["sample"] = {"payload": read_json(sample, "--sample"), "headers": read_json(headers, "--headers") or {}}
    with api() as client:
        found = send(client, "POST", "/api/automations/preview", body=asked)
    if as_json:
        output.print_json(found)
    else:
        _print(found)


@app.command()
def events(as_json: AsJson = False) -> None:
    """List the events that automations wait for, or that have arrived lately."""
    with api() as client:
        found = send(client, "GET", "/api/events")
    if as_json:
        output.print_json(found)
        return
    for one in found["items"]:
        typer.echo(f"{one['name']}\t{one['automations']} waiting\tlast {output.ago(one['lastAt'])}")


@app.command()
def secret() -> None:
    """Make a secret for a webhook; it is printed here and kept nowhere."""
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
        lines.append(
            f"Cost: {output.money(cost['estimate']['mean'])} for {cost['occurrences']} runs in the coming month"
        )
        lines.append(f"Peak of 24 hours: {_peak(peak['before'])} -> {_peak(peak['after'])}")
    lines += [f"! {warning}" for warning in found["warnings"]]
    lines += [f"! {one['name']} does the same already." for one in found["duplicates"]]
    lines += [
        f"! {one['agent']} would be called {one['concurrency']} times at once and has room for {one['capacity']}."
        for one in found["conflicts"]
    ]
    return lines + ([_verdict(found["filter"])] if found["filter"] else [])


def _peak(peak: dict[str, Any] | None) -> str:
    return peak["text"] if peak else "nothing"


def _verdict(found: dict[str, Any]) -> str:
    if found["error"]:
        return f"The filter would not be saved. {found['error']}"
    if found["fires"] is None:
        return "The filter holds up; give a --sample to try it."
    return (
        "The sample would fire it." if found["fires"] else f"The sample would not fire it{_because(found['reason'])}."
    )


def _because(reason: str | None) -> str:
    return f": {reason}" if reason else ""
