"""`podium dependencies`: which automations need which others, and which fire them."""

from typing import Annotated, Any, Literal

import typer

from commands.automations.arguments import Automation
from commands.console import output
from commands.console.api_client import api, part, send, send_all
from commands.console.output import AsJson

edges = typer.Typer(help="List, add and remove dependencies between automations.", no_args_is_help=True)

MOST = 5000

Fires = Literal["completed", "failed", "finished", "never"]
DependsOn = Annotated[str, typer.Argument(help="The automation that it needs (slug or id).")]
FireWhenOption = Annotated[
    Fires | None, typer.Option("--fire-when", help="Which ends of the other's runs fire it: finished is either.")
]
PassPayload = Annotated[
    bool | None, typer.Option("--pass-payload/--own-payload", help="Whether the other's output is its input.")
]
Note = Annotated[str | None, typer.Option(help="Why it is needed.")]


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
    depends_on: DependsOn,
    fire_when: FireWhenOption = None,
    pass_payload: PassPayload = False,
    note: Note = None,
    as_json: AsJson = False,
) -> None:
    """Record that an automation needs another one, and whether the other's runs fire it."""
    fires = None if fire_when in (None, "never") else fire_when
    body = {"automation": automation, "dependsOn": depends_on, "note": note or ""}
    with api() as client:
        made = send(
            client, "POST", "/api/dependencies", body={**body, "fireWhen": fires, "passPayload": bool(pass_payload)}
        )
    output.show(made, as_json, lambda one: typer.echo(f"{_edge(one)} added."))


@edges.command()
def change(
    automation: Automation,
    depends_on: DependsOn,
    fire_when: FireWhenOption = None,
    pass_payload: PassPayload = None,
    note: Note = None,
    as_json: AsJson = False,
) -> None:
    """Change what a dependency does; what is not given stays."""
    given = {"passPayload": pass_payload, "note": note}
    body: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if fire_when is not None:
        body["fireWhen"] = None if fire_when == "never" else fire_when
    with api() as client:
        one = _find(client, automation, depends_on)
        changed = send(client, "PATCH", f"/api/dependencies/{part(one['id'])}", body=body)
    output.show(changed, as_json, lambda edge: typer.echo(f"{_edge(edge)} changed: {_fires(edge)}."))


@edges.command()
def remove(automation: Automation, depends_on: DependsOn) -> None:
    """Remove a dependency."""
    with api() as client:
        one = _find(client, automation, depends_on)
        send(client, "DELETE", f"/api/dependencies/{part(one['id'])}")
    typer.echo(output.printable(f"{_edge(one)} removed."))


def _find(client: Any, automation: str, depends_on: str) -> dict[str, Any]:
    found = send_all(client, "/api/dependencies", params={"automation": automation}, most=MOST)
    for one in found["items"]:
        names = ({one[end]["slug"], one[end]["id"]} for end in ("automation", "dependsOn"))
        if all(name in end for name, end in zip((automation, depends_on), names, strict=True)):
            return dict(one)
    raise typer.BadParameter(f"{automation} does not depend on {depends_on}")


def _print(found: dict[str, Any]) -> None:
    from rich.markup import escape

    table = output.table("Automation", "Depends on", "Fires it", "Note", "Created by")
    for one in found["items"]:
        ends = (one["automation"]["slug"], one["dependsOn"]["slug"], _fires(one), one["note"], one["createdBy"] or "-")
        table.add_row(*(escape(text) for text in ends))
    output.console().print(table)


def _edge(one: dict[str, Any]) -> str:
    return f"{one['automation']['slug']} -> {one['dependsOn']['slug']}"


def _fires(one: dict[str, Any]) -> str:
    if one["fireWhen"] is None:
        return "never"
    return f"when {one['fireWhen']}{', with its output' if one['passPayload'] else ''}"
