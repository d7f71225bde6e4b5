"""`podium keys`: who may use the API."""

from typing import Annotated

import typer

from commands import output
from commands.http import api, part, send
from commands.output import AsJson
from models.states import Scope

app = typer.Typer(help="List, make and revoke API keys.", no_args_is_help=True)


@app.command("list")
def list_keys(as_json: AsJson = False) -> None:
    """List keys, revoked ones too."""
    with api() as client:
        found = send(client, "GET", "/api/keys", params={"limit": 200})
    if as_json:
        output.print_json(found)
        return
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    table = Table("Id", "Name", "Begins with", "Scope", "Last used", "State", box=box.SIMPLE_HEAD, pad_edge=False)
    for key in found["items"]:
        state = "[red]revoked[/red]" if key["revokedAt"] else "[green]live[/green]"
        used = output.ago(key["lastUsedAt"])
        table.add_row(key["id"], escape(key["name"]), escape(key["prefix"]), key["scope"], used, state)
    output.console().print(table)


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Whose it is.")],
    scope: Annotated[Scope, typer.Option(help="What it may do.")] = Scope.READ,
    as_json: AsJson = False,
) -> None:
    """Make a key; it is shown this once."""
    with api() as client:
        made = send(client, "POST", "/api/keys", body={"name": name, "scope": scope.value})
    if as_json:
        output.print_json(made)
    else:
        typer.echo(made["key"])
        typer.echo("Keep it: it is not shown again.", err=True)


@app.command()
def revoke(key_id: Annotated[str, typer.Argument(help="The key's id.", metavar="KEY")]) -> None:
    """Revoke a key; its sessions end with it."""
    with api() as client:
        send(client, "DELETE", f"/api/keys/{part(key_id)}")
    typer.echo("Revoked.")
