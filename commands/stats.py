"""`podium stats`: whether what pages show of runs is what the runs are."""

from typing import Annotated, Any

import typer

from commands import output
from commands.http import api, send
from commands.output import AsJson

app = typer.Typer(help="Check the figures that pages show.", no_args_is_help=True)


@app.callback()
def stats() -> None:
    """Check the figures that pages show."""


@app.command()
def verify(
    automation: Annotated[str | None, typer.Argument(help="An automation's slug or id; all without it.")] = None,
    repair: Annotated[bool, typer.Option("--repair", help="Put right what differs.")] = False,
    as_json: AsJson = False,
) -> None:
    """Recount the runs and print what differs; 1 if something does and is not repaired."""
    with api() as client:
        report = send(client, "POST", "/api/stats/verify", body={"repair": repair, "automation": automation})
    if as_json:
        output.print_json(report)
    else:
        _print(report)
    raise typer.Exit(1 if report["differences"] and not report["repaired"] else 0)


def _print(report: dict[str, Any]) -> None:
    from rich import box
    from rich.table import Table

    found = report["differences"]
    if found:
        table = Table("Automation", "Hour", "Column", "Stored", "Counted", box=box.SIMPLE_HEAD, pad_edge=False)
        for one in found:
            texts = (one["slug"], one["hour"] or "all", one["column"], one["stored"], one["counted"])
            table.add_row(*("-" if text is None else text for text in texts))
        output.console().print(table)
    repaired = "; all repaired" if report["repaired"] else ""
    typer.echo(f"{report['checked']} automations recounted, {len(found)} figures differ{repaired}.")
