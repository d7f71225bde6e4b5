"""`podium dependencies, impact`: which automations need which others."""

from typing import Annotated, Any

import typer

from commands.automations.arguments import Automation
from commands.console import output
from commands.console.api_client import api, part, send, send_all
from commands.console.output import AsJson

app = typer.Typer()
edges = typer.Typer(help="List, add and remove dependencies between automations.", no_args_is_help=True)

MOST = 5000


@edges.command("list")
def list_dependencies(
    automation: Annotated[str | None, typer.Option(help="Only those of this automation (slug or id).")] = None,
    as_json: AsJson = False,
) -> None:
    """List dependencies."""
    with api() as client:
        found = send_all(client, "/api/dependencies", params={"automation": automation}, most=MOST)
    output.show(found, as_json, _print)


@edges.command()
def add(
    automation: Automation,
    depends_on: Annotated[str, typer.Argument(help="The automation that it needs (slug or id).")],
    note: Annotated[str, typer.Option(help="Why it is needed.")] = "",
    as_json: AsJson = False,
) -> None:
    """Record that an automation needs another one."""
    body = {"automation": automation, "dependsOn": depends_on, "note": note}
    with api() as client:
        made = send(client, "POST", "/api/dependencies", body=body)
    output.show(made, as_json, lambda one: typer.echo(f"{_edge(one)} added."))


@edges.command()
def remove(
    automation: Automation,
    depends_on: Annotated[str, typer.Argument(help="The automation that it needs (slug or id).")],
) -> None:
    """Remove a dependency."""
    with api() as client:
        found = send_all(client, "/api/dependencies", params={"automation": automation}, most=MOST)
        ends = {automation, depends_on}
        for one in found["items"]:
            names = ({one[end]["slug"], one[end]["id"]} for end in ("automation", "dependsOn"))
            if all(end & ends for end in names):
                send(client, "DELETE", f"/api/dependencies/{part(one['id'])}")
                typer.echo(output.printable(f"{_edge(one)} removed."))
                return
    raise typer.BadParameter(f"{automation} does not depend on {depends_on}")


@app.command()
def impact(
    automation: Automation,
    delete: Annotated[bool, typer.Option("--delete", help="Show the impact of archiving instead of pausing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what pausing or archiving an automation would affect."""
    with api() as client:
        params = {"action": "delete" if delete else "disable"}
        found = send(client, "GET", f"/api/automations/{part(automation)}/impact", params=params)
    output.show(found, as_json, _print_impact)


def _print(found: dict[str, Any]) -> None:
    from rich.markup import escape

    table = output.table("Automation", "Depends on", "Note", "Created by")
    for one in found["items"]:
        ends = (one["automation"]["slug"], one["dependsOn"]["slug"], one["note"], one["createdBy"] or "-")
        table.add_row(*(escape(text) for text in ends))
    output.console().print(table)


def _print_impact(found: dict[str, Any]) -> None:
    for warning in found["warnings"]:
        typer.echo(f"! {warning}.")
    if not found["warnings"]:
        typer.echo("Nothing depends on it.")


def _edge(one: dict[str, Any]) -> str:
    return f"{one['automation']['slug']} -> {one['dependsOn']['slug']}"
