"""`podium deliveries`: what arrived, what it started, and sending it again."""

from typing import Annotated, Any

import typer

from commands.console import output
from commands.console.api_client import api, part, send, send_all
from commands.console.output import AsJson
from commands.runs.progress import follow_fired
from models.states import Source

app = typer.Typer(help="List, show and replay deliveries of webhooks, events and Slack.", no_args_is_help=True)

DeliveryId = Annotated[str, typer.Argument(help="The delivery's id.", metavar="DELIVERY")]


@app.command("list")
def list_deliveries(
    source: Annotated[Source | None, typer.Option(help="Only of this source.")] = None,
    outcome: Annotated[str | None, typer.Option(help="Only with this outcome, such as fired or filtered.")] = None,
    automation: Annotated[
        str | None, typer.Option(help="Only those that started this automation (slug or id).")
    ] = None,
    endpoint: Annotated[str | None, typer.Option(help="Only at this endpoint, such as event:order.created.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=5000)] = 30,
    as_json: AsJson = False,
) -> None:
    """List deliveries, newest first."""
    params = {"source": source, "outcome": outcome, "automation": automation, "endpoint": endpoint}
    with api() as client:
        found = send_all(client, "/api/deliveries", params=params, most=limit)
    output.show(found, as_json, _print)


@app.command()
def show(delivery: DeliveryId, as_json: AsJson = False) -> None:
    """Show a delivery with its headers, its payload and the runs it started."""
    with api() as client:
        found = send(client, "GET", f"/api/deliveries/{part(delivery)}")
    output.show(found, as_json, _print_one)


@app.command()
def replay(
    delivery: DeliveryId,
    wait: Annotated[
        bool, typer.Option("--wait", help="Follow the runs to their end; exit with 1 unless all complete.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Process a delivery again, with the automations that listen now."""
    with api() as client:
        follow_fired(client, send(client, "POST", f"/api/deliveries/{part(delivery)}/replay"), wait, as_json)


def _print(found: dict[str, Any]) -> None:
    from rich.markup import escape

    table = output.table("Delivery", "Endpoint", "Outcome", keep=("Delivery",), right=("Runs", "Received"))
    for one in found["items"]:
        received = output.ago(one["receivedAt"])
        table.add_row(one["id"], escape(one["endpoint"]), one["outcome"], str(len(one["runs"])), received)
    output.console().print(table)


def _print_one(one: dict[str, Any]) -> None:
    import json

    out = output.console()
    sender = f", sent by {one['sentBy']}" if one["sentBy"] else ""
    out.print(f"{one['endpoint']}: {one['outcome']}, received {one['receivedAt']}{sender}", markup=False)
    if one["replayOf"]:
        out.print(f"Replay of {one['replayOf']}", markup=False)
    if one["idempotencyKey"]:
        out.print(f"Idempotency key: {one['idempotencyKey']}", markup=False)
    for name, value in one["headers"].items():
        out.print(f"{name}: {value}", style="dim", markup=False)
    out.print(json.dumps(one["payload"], indent=2, ensure_ascii=False), markup=False)
    for run in one["runs"]:
        reason = f" ({run['reason']})" if run["reason"] else ""
        out.print(f"run {run['runId']} {run['status']}{reason}", markup=False)
