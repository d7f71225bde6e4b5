"""`podium event, events`: sending an event, and listing those that automations listen to."""

from typing import Annotated, Any

import typer

from commands.console import output
from commands.console.api_client import api, send
from commands.console.json_arguments import Payload, read_json
from commands.console.output import AsJson
from commands.runs.progress import follow_fired

app = typer.Typer()


@app.command()
def event(
    name: Annotated[str, typer.Argument(help="The event's name, such as order.created.")],
    payload: Payload = None,
    key: Annotated[str | None, typer.Option(help="Idempotency key; a repeated key returns the first answer.")] = None,
    wait: Annotated[
        bool, typer.Option("--wait", help="Follow the runs to their end; exit with 1 unless all complete.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Send an event: every automation that listens to it and whose filter matches runs."""
    body: dict[str, Any] = {"eventName": name, "payload": read_json(payload, "--payload")}
    if key is not None:
        body["idempotencyKey"] = key
    with api() as client:
        follow_fired(client, send(client, "POST", "/api/triggers/event", body=body), wait, as_json)


@app.command()
def events(as_json: AsJson = False) -> None:
    """List the events that automations listen to, or that arrived recently."""
    with api() as client:
        found = send(client, "GET", "/api/events")
    output.show(found, as_json, _print)


def _print(found: dict[str, Any]) -> None:
    for one in found["items"]:
        typer.echo(f"{one['name']}\t{one['automations']} listening\tlast {output.ago(one['lastAt'])}")
