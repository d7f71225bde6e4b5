"""`podium primitives`: the agents, workflows, networks, campaigns and pulses that can run."""

from typing import Annotated, Any

import typer

from commands.automations.impact import Yes, ask_before, show_impact
from commands.console import output
from commands.console.api_client import api, part, send, send_all
from commands.console.output import AsJson
from models.kinds import Kind

app = typer.Typer(help="List, show, disable and archive primitives.", no_args_is_help=True)

Primitive = Annotated[str, typer.Argument(help="The primitive's slug or id.")]
KindOption = Annotated[Kind | None, typer.Option(help="Its kind; required if several kinds have the slug.")]


@app.command("list")
def list_primitives(
    kind: Annotated[Kind | None, typer.Option(help="Only this kind.")] = None,
    search: Annotated[str | None, typer.Option(help="Only those whose name or description contains this.")] = None,
    archived: Annotated[bool, typer.Option("--archived", help="List archived ones instead.")] = False,
    project: Annotated[str | None, typer.Option(help="Only what this project owns.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=5000)] = 500,
    as_json: AsJson = False,
) -> None:
    """List primitives, newest first."""
    params = {"kind": kind, "search": search, "archived": "true" if archived else None, "managedBy": project}
    with api() as client:
        found = send_all(client, "/api/primitives", params=params, most=limit)
    output.show(found, as_json, _print)


@app.command()
def show(primitive: Primitive, kind: KindOption = None, as_json: AsJson = False) -> None:
    """Show a primitive with its spec; secrets are masked."""
    with api() as client:
        found = send(client, "GET", f"/api/primitives/{part(primitive)}", params={"kind": kind})
    output.show(found, as_json, _print_one)


@app.command()
def archive(primitive: Primitive, kind: KindOption = None) -> None:
    """Archive a primitive that nothing uses; its runs are kept."""
    with api() as client:
        send(client, "DELETE", f"/api/primitives/{part(primitive)}", params={"kind": kind})
    typer.echo(output.printable(f"{primitive} is archived."))


@app.command()
def impact(
    primitive: Primitive,
    kind: KindOption = None,
    delete: Annotated[bool, typer.Option("--delete", help="Of archiving instead of disabling.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what disabling or archiving a primitive would touch."""
    params = {"kind": kind, "action": "archive" if delete else "disable"}
    show_impact(f"/api/primitives/{part(primitive)}/impact", params, as_json)


@app.command()
def disable(primitive: Primitive, kind: KindOption = None, yes: Yes = False, as_json: AsJson = False) -> None:
    """Disable a primitive: every run of it is skipped. Asks first if something active uses it."""
    _switch(primitive, kind, False, yes, as_json)


@app.command()
def enable(primitive: Primitive, kind: KindOption = None, as_json: AsJson = False) -> None:
    """Enable a primitive again."""
    _switch(primitive, kind, True, False, as_json)


def _switch(primitive: str, kind: Kind | None, active: bool, yes: bool, as_json: bool) -> None:
    path, params = f"/api/primitives/{part(primitive)}", {"kind": kind}
    with api() as client:
        # Not before enabling.
        ask_before(client, path, {**params, "action": "disable"}, f"Disable {primitive}?", yes or active)
        changed = send(client, "PATCH", path, params=params, body={"isActive": active})
    state = "enabled" if active else "disabled"
    output.show(changed, as_json, lambda one: typer.echo(output.printable(f"{one['name']} is {state}.")))


def _print(found: dict[str, Any]) -> None:
    from rich.markup import escape

    table = output.table("Kind", "Name", "State", "Managed by", right=("Used by",), keep=("Kind", "State"))
    for one in found["items"]:
        state = "archived" if one["archivedAt"] else "active" if one["isActive"] else "inactive"
        name = f"{escape(one['name'])} [dim]{escape(one['slug'])}[/dim]{' (simulated)' if one['simulated'] else ''}"
        users = str(one["usedBy"]["automations"] + one["usedBy"]["primitives"])
        table.add_row(one["kind"], name, state, escape(one["managedBy"] or "-"), users)
    output.console().print(table)


def _print_one(one: dict[str, Any]) -> None:
    import json

    out = output.console()
    state = "archived" if one["archivedAt"] else "active" if one["isActive"] else "inactive"
    used = one["usedBy"]
    out.print(f"{one['kind']} {one['name']} ({one['slug']}): {state}", markup=False)
    if one["description"]:
        out.print(one["description"], markup=False)
    out.print(f"Used by {used['automations']} automations and {used['primitives']} primitives", markup=False)
    if one["managedBy"]:
        out.print(f"Managed by {one['managedBy']}", markup=False)
    out.print(json.dumps(one["spec"], indent=2, ensure_ascii=False), markup=False)
