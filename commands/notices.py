"""`podium notices`: what has changed without anybody changing it."""

from typing import Annotated, Any

import typer

from commands.console import output
from commands.console.api_client import api, send, send_all
from commands.console.output import AsJson

app = typer.Typer()


@app.command()
def notices(
    automation: Annotated[str | None, typer.Option(help="Only about this automation (slug or id).")] = None,
    unseen: Annotated[bool, typer.Option("--unseen", help="Only those that nobody has seen.")] = False,
    seen: Annotated[bool, typer.Option("--seen", help="Mark all up to the newest one as seen.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=5000)] = 50,
    as_json: AsJson = False,
) -> None:
    """List notices, newest first: what health policies did, and why."""
    with api() as client:
        params = {"automation": automation, "unseen": "true" if unseen else None}
        found = send_all(client, "/api/notices", params=params, most=limit)
        if seen and found["items"]:
            send(client, "POST", "/api/notices/seen", body={"until": found["items"][0]["at"]})
    output.show(found, as_json, _print)


def _print(found: dict[str, Any]) -> None:
    from rich.markup import escape

    table = output.table("When", "Severity", "Notice", "Why", "Seen by", keep=("When",))
    for one in found["items"]:
        texts = (one["severity"], one["title"], one["text"], one["seenBy"] or "")
        table.add_row(output.ago(one["at"]), *(escape(text) for text in texts))
    output.console().print(table)
