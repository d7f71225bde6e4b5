"""`podium bulk`: one action on many automations, named or filtered."""

from typing import Annotated, Any

import typer

from commands.automations.arguments import Until
from commands.automations.impact import impact_lines
from commands.console import output
from commands.console.api_client import MANY_SECONDS, api, send
from commands.console.filters import StartsFrom, StartsTo, filterable
from commands.console.instants import from_now
from commands.console.json_arguments import Payload, read_json
from commands.console.output import AsJson
from models.states import BulkAction

app = typer.Typer()

DONE = {"pause": "paused", "resume": "resumed", "fire": "fired", "archive": "archived", "restore": "restored"}


@app.command()
@filterable
def bulk(
    asked: dict[str, Any],
    action: Annotated[BulkAction, typer.Argument(help="The action.")],
    automations: Annotated[
        list[str] | None, typer.Argument(help="Slugs or ids; without them, the filters apply.")
    ] = None,
    starts_from: StartsFrom = None,
    starts_to: StartsTo = None,
    every: Annotated[bool, typer.Option("--all", help="Act on all automations if no filter is given.")] = False,
    payload: Payload = None,
    reason: Annotated[str, typer.Option(help="Reason, kept in the audit log.")] = "",
    until: Until = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would change and change nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")] = False,
    as_json: AsJson = False,
) -> None:
    """Pause, resume, fire, archive or restore many automations; counts them and asks for confirmation."""
    chosen = {**asked, "startsFrom": starts_from, "startsTo": starts_to}
    filters = {name: value for name, value in chosen.items() if value}
    if not (automations or filters or every):
        raise typer.BadParameter("name automations, filter them, or pass --all")
    if automations and filters:
        raise typer.BadParameter("name automations or filter them, not both")
    if action is BulkAction.RESTORE:
        filters["archived"] = [True]
    which = {"automations": automations} if automations else {"filter": filters, "all": every}
    end = from_now(until, "--until")
    if end and action is not BulkAction.PAUSE:
        raise typer.BadParameter("--until belongs to the action pause", param_hint="--until")
    body = {"action": action.value, **which, "reason": reason, "payload": read_json(payload, "--payload")}
    body |= {"until": end} if end else {}
    with api(MANY_SECONDS) as client:
        plan = send(client, "POST", "/api/automations/bulk", body={**body, "dryRun": True})
        if not dry_run and plan["changed"]:
            if not yes:
                typer.echo(output.printable(_summary(plan)), err=True)
                typer.confirm(f"{action.value.capitalize()} {plan['changed']}?", abort=True, err=True)
            plan = send(client, "POST", "/api/automations/bulk", body={**body, "expected": plan["changed"]})
    output.show(plan, as_json, lambda result: typer.echo(_summary(result)))


def _summary(result: dict[str, Any]) -> str:
    would = "would be " if result["dryRun"] else ""
    lines = [f"  {one['name']} ({one['slug']})" for one in result["automations"]]
    lines.append(f"{result['changed']} of {result['matched']} {would}{DONE[result['action']]}")
    lines += [f"{count} unchanged: {why.replace('_', ' ')}" for why, count in result["leftAlone"].items()]
    if result["impact"]:
        lines += impact_lines(result["impact"])
    return "\n".join(lines)
