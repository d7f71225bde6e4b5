"""`podium queue`: the runs that flow control holds, and releasing or clearing them."""

from typing import Annotated, Any

import typer

from commands.automations.arguments import Automation, Reason
from commands.console import output
from commands.console.api_client import api, part, send
from commands.console.output import AsJson

app = typer.Typer()

DONE = {"release": "released", "clear": "cleared"}


@app.command()
def queue(
    automation: Automation,
    release: Annotated[
        bool, typer.Option("--release", help="Start the selected runs now, beyond the automation's limits.")
    ] = False,
    clear: Annotated[bool, typer.Option("--clear", help="Skip the selected runs.")] = False,
    key: Annotated[str | None, typer.Option(help="Select the runs of this key.")] = None,
    runs: Annotated[list[str] | None, typer.Option("--run", help="Select this run; repeatable.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Select all waiting runs.")] = False,
    reason: Reason = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count them.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show the runs that wait for an automation's flow control; release or clear some, those of a key, or all."""
    if release and clear:
        raise typer.BadParameter("release them or clear them, not both")
    selected = {"runIds": runs or None, "key": key, "all": every or None}
    selection = {name: value for name, value in selected.items() if value is not None}
    action = "release" if release else "clear" if clear else None
    if action is None and (selection or dry_run):
        raise typer.BadParameter("say what to do with the selected runs: --release or --clear")
    if action is not None and len(selection) != 1:
        raise typer.BadParameter("select runs with exactly one of --run, --key and --all")
    path = f"/api/automations/{part(automation)}/queue"
    with api() as client:
        if action is None:
            output.show(send(client, "GET", path), as_json, _print)
            return
        body = {**selection, "reason": reason}
        found = send(client, "POST", f"{path}/{action}", body={**body, "dryRun": True})
        if not dry_run and found["count"]:
            if not yes:
                typer.confirm(f"{action.capitalize()} {_runs(found['count'])}?", abort=True, err=True)
            found = send(client, "POST", f"{path}/{action}", body=body)
    would = "would be " if dry_run else ""
    output.show(found, as_json, lambda result: typer.echo(f"{_runs(result['count'])} {would}{DONE[action]}."))


def _print(found: dict[str, Any]) -> None:
    from rich.markup import escape

    out = output.console()
    oldest = f", the oldest for {_since(found['oldestQueuedAt'])}" if found["oldestQueuedAt"] else ""
    out.print(f"{found['waiting']} waiting{oldest}; {found['running']} running.", markup=False)
    if not found["waiting"]:
        return
    if found["nextAt"]:
        out.print(f"The next one may start {output.ago(found['nextAt'])}.", markup=False)
    if any(one["key"] for one in found["byKey"]):
        keys = output.table("Key", right=("Waiting", "Running"))
        for one in found["byKey"]:
            keys.add_row(escape(one["key"]) or "-", str(one["waiting"]), str(one["running"]))
        out.print(keys)
    table = output.table("Run", "Key", "Waits for", right=("No.", "Since", "Starts"), keep=("Run", "Waits for"))
    for one in found["runs"]:
        place, starts = str(one["position"]), output.ago(one["notBefore"])
        table.add_row(one["runId"], escape(one["key"]) or "-", one["by"], place, output.ago(one["since"]), starts)
    out.print(table)
    if found["waiting"] > len(found["runs"]):
        out.print("There are more: podium runs --held --automation AUTOMATION", markup=False)


def _since(instant: str) -> str:
    return output.ago(instant).removesuffix(" ago")


def _runs(count: int) -> str:
    return "1 run" if count == 1 else f"{count} runs"
