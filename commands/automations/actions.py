"""`podium fire, pause, resume, archive, restore`: actions on one automation."""

from typing import Annotated

import typer

from commands.automations.arguments import Automation, Reason, Until
from commands.automations.impact import Yes, ask_before
from commands.console import output
from commands.console.api_client import api, part, send
from commands.console.instants import from_now
from commands.console.json_arguments import Payload, read_json
from commands.console.output import AsJson
from commands.runs.progress import follow_fired
from models.states import Catchup

app = typer.Typer()


@app.command()
def fire(
    automation: Automation,
    payload: Payload = None,
    force: Annotated[bool, typer.Option("--force", help="Even if it is paused.")] = False,
    wait: Annotated[
        bool, typer.Option("--wait", help="Follow the run to its end; exit with 1 unless it completes.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Run an automation now."""
    body = {"payload": read_json(payload, "--payload"), "force": force}
    with api() as client:
        fired = send(client, "POST", f"/api/automations/{part(automation)}/fire", body=body)
        follow_fired(client, fired, wait, as_json)


@app.command()
def pause(
    automation: Automation, reason: Reason = "", until: Until = None, yes: Yes = False, as_json: AsJson = False
) -> None:
    """Pause an automation, or snooze it until a given time; deliveries meanwhile are recorded as skipped.

    Asks first if others that are active depend on it.
    """
    _switch(automation, "pause", reason, as_json, until=from_now(until, "--until"), yes=yes)


@app.command()
def resume(
    automation: Automation,
    reason: Reason = "",
    catchup: Annotated[
        Catchup | None,
        typer.Option(help="What to run of the due times that passed meanwhile; default: as its schedule says."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Resume an automation; the due times that passed meanwhile are run only if asked for."""
    _switch(automation, "resume", reason, as_json, catchup=catchup)


@app.command()
def archive(automation: Automation, reason: Reason = "", yes: Yes = False, as_json: AsJson = False) -> None:
    """Archive an automation: its schedule is removed, its runs are kept. Asks first if others depend on it."""
    _switch(automation, "archive", reason, as_json, yes=yes)


@app.command()
def restore(automation: Automation, reason: Reason = "", as_json: AsJson = False) -> None:
    """Restore an archived automation as it was."""
    _switch(automation, "restore", reason, as_json)


def _switch(
    automation: str,
    verb: str,
    reason: str,
    as_json: bool,
    *,
    until: str | None = None,
    catchup: Catchup | None = None,
    yes: bool = True,
) -> None:
    more = {"until": until, "catchup": catchup.value if catchup else None}
    body = {"reason": reason, **{name: value for name, value in more.items() if value}}
    path = f"/api/automations/{part(automation)}"
    with api() as client:
        ask_before(client, path, {"action": verb, "until": until}, f"{verb.capitalize()} {automation}?", yes)
        answer = send(client, "POST", f"{path}/{verb}", body=body)
    paused = f"snoozed until {output.local(answer['pausedUntil'])}" if answer["pausedUntil"] else "paused"
    state = "archived" if answer["isArchived"] else "active" if answer["isActive"] else paused
    output.show(answer, as_json, lambda found: typer.echo(f"{found['name']} is {state}."))
