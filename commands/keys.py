"""`podium keys`: API keys and their scopes."""

from typing import Annotated, Any

import typer

from commands.console import output
from commands.console.api_client import api, part, send
from commands.console.output import AsJson
from models.states import Scope

app = typer.Typer(help="List, create and revoke API keys.", no_args_is_help=True)


@app.command("list")
def list_keys(as_json: AsJson = False) -> None:
    """List API keys, including revoked ones."""
    with api() as client:
        found = send(client, "GET", "/api/keys", params={"limit": 200})
    output.show(found, as_json, _print)


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Who or what it is for.")],
    scope: Annotated[Scope, typer.Option(help="What it may do.")] = Scope.READ,
    as_json: AsJson = False,
) -> None:
    """Create a key; it is shown once."""
    with api() as client:
        made = send(client, "POST", "/api/keys", body={"name": name, "scope": scope.value})
    if as_json:
        output.print_json(made)
    else:
        typer.echo(made["key"])
        typer.echo("Store it now: it is not shown again.", err=True)


@app.command()
def revoke(key_id: Annotated[str, typer.Argument(help="The key's id.", metavar="KEY")]) -> None:
    """Revoke a key; its sessions end with it."""
    with api() as client:
        send(client, "DELETE", f"/api/keys/{part(key_id)}")
    typer.echo("Revoked.")


def _print(found: dict[str, Any]) -> None:
    from rich.markup import escape

    table = output.table("Id", "Name", "Prefix", "Scope", "Last used", "State", keep=("Id", "State"))
    for key in found["items"]:
        state = "[red]revoked[/red]" if key["revokedAt"] else "[green]active[/green]"
        used = output.ago(key["lastUsedAt"])
        table.add_row(key["id"], escape(key["name"]), escape(key["prefix"]), key["scope"], used, state)
    output.console().print(table)
