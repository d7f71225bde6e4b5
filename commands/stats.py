"""`podium stats`: checks stored statistics against the runs."""

from typing import Annotated, Any

import typer

from commands.console import output
from commands.console.api_client import api, send
from commands.console.output import AsJson

app = typer.Typer(help="Check stored statistics.", no_args_is_help=True)


@app.callback()
def stats() -> None:
    """Check stored statistics."""


@app.command()
def verify(
    automation: Annotated[str | None, typer.Argument(help="An automation's slug or id; default: all.")] = None,
    repair: Annotated[bool, typer.Option("--repair", help="Correct what differs.")] = False,
    as_json: AsJson = False,
) -> None:
    """Recount the runs and print what differs; exits with 1 if something does and is not repaired."""
    with api() as client:
        report = send(client, "POST", "/api/stats/verify", body={"repair": repair, "automation": automation})
    output.show(report, as_json, _print)
    raise typer.Exit(1 if report["differences"] and not report["repaired"] else 0)


def _print(report: dict[str, Any]) -> None:
    found = report["differences"]
    if found:
        table = output.table("Automation", "Hour", "Column", "Stored", "Counted")
        for one in found:
            texts = (one["slug"], one["hour"] or "all", one["column"], one["stored"], one["counted"])
            table.add_row(*("-" if text is None else text for text in texts))
        output.console().print(table)
    repaired = "; all repaired" if report["repaired"] else ""
    typer.echo(f"{report['checked']} automations recounted, {len(found)} figures differ{repaired}.")
