"""`podium impact`: what pausing or archiving would touch; and the question before it."""

from typing import Annotated, Any

import typer

from commands.automations.arguments import Automation
from commands.console import output
from commands.console.api_client import api, part, send
from commands.console.output import AsJson

app = typer.Typer()

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask, whatever depends on it.")]
MOST_NAMED = 20


@app.command()
def impact(
    automation: Automation,
    delete: Annotated[bool, typer.Option("--delete", help="Show the impact of archiving instead of pausing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what pausing or archiving an automation would touch, now and within 7 days."""
    show_impact(f"/api/automations/{part(automation)}/impact", {"action": "archive" if delete else "pause"}, as_json)


def show_impact(path: str, params: dict[str, Any], as_json: bool) -> None:
    with api() as client:
        found = send(client, "GET", path, params=params)
    output.show(found, as_json, lambda told: typer.echo(output.printable("\n".join(_lines(told)))))


def ask_before(client: Any, path: str, params: dict[str, Any], question: str, yes: bool) -> None:
    """Tell what a change would touch and ask, if something that is active would lose by it.

    Raises:
        Abort: somebody does not want it, or nobody can be asked.
    """
    if yes:
        return
    found = send(client, "GET", f"{path}/impact", params=params)
    if found["asks"]:
        typer.echo(output.printable("\n".join(_lines(found))), err=True)
        typer.confirm(question, abort=True, err=True)


def impact_lines(found: dict[str, Any]) -> list[str]:
    """Return a line for each automation and primitive that is touched."""
    lines = [f"! {_automation(one)}" for one in found["automations"] if one["effect"] != "shares"]
    more = max(len(lines) - MOST_NAMED, 0) + found["automationsLeftOut"]
    lines = [*lines[:MOST_NAMED], *([f"! and {more} more automations"] if more else [])]
    lines += [f"  {one['name']} {one['text']}" for one in found["primitives"][:MOST_NAMED]]
    shared = [one for one in found["automations"] if one["effect"] == "shares"]
    return lines + [f"  {one['name']} {one['text']}" for one in shared[:MOST_NAMED]]


def _lines(found: dict[str, Any]) -> list[str]:
    lines = impact_lines(found) or ["Nothing depends on it."]
    due = found["due"]
    if due["withinWeek"]:
        when = f"{due['withinDay']} within 24 hours, {due['withinWeek']} within 7 days"
        lines.append(f"  Its own fires: next {output.local(due['nextAt'])}, {when}")
    if found["runningNow"]:
        lines.append(f"  {found['runningNow']} of its runs are in progress and will continue")
    return lines


def _automation(one: dict[str, Any]) -> str:
    told = [f"{one['name']} ({one['slug']}) {one['text']}"]
    if one["lost"]["withinWeek"]:
        told.append(f"loses up to {one['lost']['withinDay']} fires in 24 hours, {one['lost']['withinWeek']} in 7 days")
    elif one["due"]["nextAt"]:
        told.append(f"due {output.local(one['due']['nextAt'])}")
    if not one["isActive"]:
        told.append("paused")
    return "; ".join(told)
