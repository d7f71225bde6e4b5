"""`podium density`: how many runs start in each of the coming hours."""

from datetime import datetime
from typing import Annotated, Any

import typer

from commands.console import output
from commands.console.api_client import api, send
from commands.console.filters import Zone, filterable, zone_or_local
from commands.console.output import AsJson

app = typer.Typer()

HEAT = ("grey23", "green", "yellow", "dark_orange", "red")
# The height of a block tells the load where there is no colour.
BLOCKS, ASCII_BLOCKS = " ▂▄▆█", " .:*#"
BAR_COLUMNS = 20
NAMED = 3
WIDE = 100


@app.command()
@filterable
def density(
    asked: dict[str, Any],
    hours: Annotated[int, typer.Option(help="How many hours ahead, up to 168.")] = 24,
    tz: Zone = None,
    as_json: AsJson = False,
) -> None:
    """Show how many runs start in each of the coming hours, and the busiest one."""
    with api() as client:
        found = send(client, "GET", "/api/live/density", params={**asked, "hours": hours, "tz": zone_or_local(tz)})
    output.show(found, as_json, _print)


def _print(found: dict[str, Any]) -> None:
    out = output.console()
    out.print(_heat_strip(found["slots"]))
    out.print(_table(found["slots"], wide=out.width >= WIDE))
    out.print(f"Times are in {found['timezone']}.", markup=False)
    out.print(f"Peak: {found['peak']['text']}" if found["peak"] else "Nothing is scheduled to start.", markup=False)


def _heat_strip(slots: list[dict[str, Any]]) -> Any:
    """Draw one cell an hour; height and colour grow with its starts."""
    from rich.text import Text

    blocks = BLOCKS if output.bar_character() == "█" else ASCII_BLOCKS
    strip = Text()
    for slot in slots:
        heat = _share(slot, slots, len(HEAT) - 1)
        strip.append(blocks[heat], style=HEAT[heat])
    return strip


def _table(slots: list[dict[str, Any]], *, wide: bool) -> Any:
    from rich.markup import escape

    columns = ("Starts", "Weighted", "Concurrent", "Expected triggers") if wide else ("Starts", "Concurrent")
    table = output.table("Hour", right=columns, keep=("Hour",))
    table.add_column("", no_wrap=True)
    table.add_column("Automations", overflow="fold")
    bar = output.bar_character()
    for slot in slots:
        named = [one["name"] for one in slot["automations"][:NAMED]]
        others = len(slot["automations"]) + slot["automationsLeftOut"] - len(named)
        more = f" and {others} more" if others else ""
        heat = HEAT[_share(slot, slots, len(HEAT) - 1)]
        starts, concurrent = str(slot["starts"]), str(slot["peakConcurrency"])
        expected = f"{slot['expectedArrivals']:g}" if slot["expectedArrivals"] else ""
        table.add_row(
            f"{datetime.fromisoformat(slot['start']):%a %H:%M}",
            *((starts, f"{slot['weightedStarts']:g}", concurrent, expected) if wide else (starts, concurrent)),
            f"[{heat}]{bar * _share(slot, slots, BAR_COLUMNS)}[/{heat}]",
            escape(", ".join(named)) + more,
        )
    return table


def _share(slot: dict[str, Any], slots: list[dict[str, Any]], size: int) -> int:
    """Return the slot's starts on a scale of 0 to `size`, rounded up."""
    most = max(one["starts"] for one in slots) or 1
    return int(-(-slot["starts"] * size // most))
