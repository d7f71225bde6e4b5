"""`podium costs`: the cost of the next month and of this month."""

from typing import Annotated, Any

import typer

from commands.console import output
from commands.console.api_client import api, send
from commands.console.filters import filterable
from commands.console.output import AsJson
from models.rules.number_format import money

app = typer.Typer()

WIDE = 110


@app.command()
@filterable
def costs(
    asked: dict[str, Any],
    limit: Annotated[int, typer.Option(help="How many automations to list, the most expensive first.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Show what the month from now on will cost, and what this month has cost so far."""
    with api() as client:
        found = send(client, "GET", "/api/live/costs", params={**asked, "limit": limit})
    output.show(found, as_json, _print)


def _print(found: dict[str, Any]) -> None:
    out = output.console()
    out.print(_table(found["automations"], wide=out.width >= WIDE))
    if found["automationsLeftOut"]:
        out.print(f"and {found['automationsLeftOut']} more", style="dim")
    kinds = ", ".join(f"{kind} {money(amount)}" for kind, amount in found["byPrimitive"].items())
    unknown = f"; {found['unknown']} without cost data" if found["unknown"] else ""
    out.print(f"The next month: {money(found['total'])} ({kinds}){unknown}")
    out.print(f"This month: {money(found['spentThisMonth'])} so far, {money(found['monthEnd'])} in total (est.)")


def _table(automations: list[dict[str, Any]], *, wide: bool) -> Any:
    from rich.markup import escape

    columns = ("Per run", "p90", "Sample", "Runs", "Next month", "This month", "Month total (est.)")
    narrow = ("Per run", "Next month", "Month total (est.)")
    shown = columns if wide else narrow
    table = output.table("Kind", "Name", right=shown, keep=("Kind",))
    for one in automations:
        cells = {
            "Per run": money(one["mean"]),
            "p90": money(one["p90"]),
            "Sample": str(one["sample"]),
            "Runs": str(one["occurrences"]),
            "Next month": money(one["estMonthlyCost"]["mean"]),
            "This month": money(one["spentThisMonth"]),
            "Month total (est.)": money(one["monthEnd"]),
        }
        table.add_row(one["primitiveType"], escape(one["name"]), *(cells[name] for name in shown))
    return table
