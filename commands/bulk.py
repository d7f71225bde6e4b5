"""`podium bulk`: one thing done to all automations that are named, or that the list's filters show."""

from typing import Annotated, Any

import typer

from commands import output
from commands.http import api, send
from commands.narrowing import StartsFrom, StartsTo, narrowable
from commands.output import AsJson
from commands.payloads import Payload, read_json
from models.states import BulkAction

app = typer.Typer()

DONE = {"pause": "paused", "resume": "resumed", "fire": "fired", "archive": "archived", "restore": "restored"}


@app.command()
@narrowable
def bulk(
    asked: dict[str, Any],
    action: Annotated[BulkAction, typer.Argument(help="What is done to each.")],
    automations: Annotated[list[str] | None, typer.Argument(help="Slugs or ids; none: what the options show.")] = None,
    starts_from: StartsFrom = None,
    starts_to: StartsTo = None,
    every: Annotated[bool, typer.Option("--all", help="All that there are, where no option narrows it.")] = False,
    payload: Payload = None,
    reason: Annotated[str, typer.Option(help="Why, for the audit log.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what it would come to.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Pause, resume, fire, archive or restore many at once; it counts first, and asks."""
    chosen = {**asked, "startsFrom": starts_from, "startsTo": starts_to}
    narrowing = {name: value for name, value in chosen.items() if value}
    if not (automations or narrowing or every):
        raise typer.BadParameter("name automations, narrow them with options, or say --all")
    if automations and narrowing:
        raise typer.BadParameter("name automations or narrow them with options, not both")
    if action is BulkAction.RESTORE:
        narrowing["archived"] = [True]
    which = {"automations": automations} if automations else {"filter": narrowing}
    body = {"action": action.value, **which, "reason": reason, "payload": read_json(payload, "--payload")}
    with api() as client:
        told = send(client, "POST", "/api/automations/bulk", body={**body, "dryRun": True})
        if not dry_run and told["changed"]:
            if not yes:
                typer.echo(_told(told), err=True)
                typer.confirm(f"{action.value.capitalize()} {told['changed']}?", abort=True, err=True)
            told = send(client, "POST", "/api/automations/bulk", body={**body, "expected": told["changed"]})
    if as_json:
        output.print_json(told)
    else:
        typer.echo(_told(told))


def _told(result: dict[str, Any]) -> str:
    would = "would be " if result["dryRun"] else ""
    lines = [f"  {one['name']} ({one['slug']})" for one in result["automations"]]
    lines.append(f"{result['changed']} of {result['matched']} {would}{DONE[result['action']]}")
    lines += [f"{count} left alone: {why.replace('_', ' ')}" for why, count in result["leftAlone"].items()]
    if result["dependents"]:
        lines.append("These depend on them: " + ", ".join(one["name"] for one in result["dependents"]))
    return "\n".join(lines)
