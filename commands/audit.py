"""`podium audit`: who changed what, when and why."""

from typing import Annotated, Any

import typer

from commands.console import output
from commands.console.api_client import api, send_all
from commands.console.instants import instant
from commands.console.output import AsJson

app = typer.Typer()


@app.command()
def audit(
    automation: Annotated[str | None, typer.Option(help="Only about this automation (slug or id).")] = None,
    subject: Annotated[str | None, typer.Option(help="Only about the object with this id.")] = None,
    subject_type: Annotated[
        list[str] | None,
        typer.Option("--type", help="Only about objects of this type: automation, primitive, run, key; repeatable."),
    ] = None,
    actor: Annotated[list[str] | None, typer.Option(help="Only by this actor; repeatable.")] = None,
    action: Annotated[
        list[str] | None, typer.Option(help="Only this action, such as automation.paused or automation.*; repeatable.")
    ] = None,
    since: Annotated[str | None, typer.Option("--from", help="Only from this time on.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="Only before this time.")] = None,
    search: Annotated[str | None, typer.Option(help="Part of the reason, actor, action or name.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=5000)] = 50,
    as_json: AsJson = False,
) -> None:
    """List changes from the audit log, newest first."""
    with api() as client:
        params = {
            "automation": automation,
            "subject": subject,
            "subjectType": subject_type,
            "actor": actor,
            "action": action,
            "from": instant(since, "--from"),
            "to": instant(until, "--to"),
            "q": search,
        }
        found = send_all(client, "/api/audit", params=params, most=limit)
    output.show(found, as_json, _print)


def _print(found: dict[str, Any]) -> None:
    from rich.markup import escape

    table = output.table("When", "Actor", "Action", "Subject", "Reason", keep=("When",))
    for one in found["items"]:
        texts = (one["actor"], one["action"], _subject(one), one["reason"] or "")
        table.add_row(output.ago(one["at"]), *(escape(text) for text in texts))
    output.console().print(table)


def _subject(one: dict[str, Any]) -> str:
    """Name what was changed: by slug or name where there is one, else by id."""
    subject = one["subject"]
    return f"{subject['type']} {subject['slug'] or subject['name'] or subject['id'] or ''}".strip()
