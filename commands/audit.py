"""`podium audit`: who changed what, when and why."""

from typing import Annotated, Any

import typer

from commands.console import output
from commands.console.api_client import api, send_all
from commands.console.output import AsJson

app = typer.Typer()


@app.command()
def audit(
    automation: Annotated[str | None, typer.Option(help="Only about this automation (slug or id).")] = None,
    subject: Annotated[str | None, typer.Option(help="Only about the thing with this id.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=5000)] = 50,
    as_json: AsJson = False,
) -> None:
    """List changes from the audit log, newest first."""
    with api() as client:
        params = {"automation": automation, "subject": subject}
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
    """Name what was changed: by name where the log has it, else by kind and id."""
    for side in ("after", "before"):
        name = (one[side] or {}).get("slug")
        if isinstance(name, str):
            return f"{one['subjectType']} {name}"
    return f"{one['subjectType']} {one['subjectId'] or ''}".strip()
