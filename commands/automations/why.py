"""`podium why`: why an automation ran or did not."""

from typing import Annotated, Any

import typer

from commands.automations.arguments import Automation
from commands.console import output
from commands.console.api_client import api, part, send
from commands.console.instants import instant
from commands.console.output import AsJson

app = typer.Typer()

STYLES = {"fired": "green", "due": "dim", "missed": "red", "drifted": "red", "over_budget": "red", "unknown": "dim"}


@app.command()
def why(
    automation: Automation,
    at: Annotated[str | None, typer.Option(help="Explain this minute, such as 2026-03-02T09:00; default: now.")] = None,
    since: Annotated[str | None, typer.Option("--from", help="Explain everything from this time on.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="End of that span; default: a day after --from.")] = None,
    as_json: AsJson = False,
) -> None:
    """Explain why an automation ran or did not: at a time, or due time by due time over a span."""
    params = {"at": instant(at, "--at"), "from": instant(since, "--from"), "to": instant(until, "--to")}
    with api() as client:
        found = send(client, "GET", f"/api/automations/{part(automation)}/why", params=params)
    output.show(found, as_json, _print)


def _print(found: dict[str, Any]) -> None:
    from rich.markup import escape

    table = output.table("At", "Verdict", "Why", keep=("At", "Verdict"))
    for one in found["verdicts"]:
        run = f" [dim]run {one['runId']}[/dim]" if one["runId"] else ""
        verdict = output.styled(one["verdict"], STYLES)
        table.add_row(output.local(one["at"]), verdict, f"{escape(one['text'])}{run}")
    out = output.console()
    out.print(table)
    if found["nextFrom"]:
        out.print(f"There is more: continue with --from {found['nextFrom']}", markup=False)
