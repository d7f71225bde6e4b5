"""The tree of a run as a timeline in the terminal: a bar for each step, in which waiting is apart from work."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any

from commands.console import output
from commands.console.api_client import part, send
from models.rules.number_format import exact_duration

if TYPE_CHECKING:
    import httpx2

MOST_ROWS = 60
MOST_CHILDREN = 20
"""Of a step with more children only the failed ones are shown, at most as many."""
LONGEST_NAME = 32
LEAST_BAR = 10
WAIT_STYLE = "bright_black"
_GAP = 2


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the timeline; one without a node says what was left out."""

    depth: int
    text: str
    node: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Scale:
    """The time that a bar of so many cells stands for."""

    start: datetime
    end: datetime
    cells: int

    def cell(self, at: datetime) -> float:
        whole = max(self.end - self.start, timedelta(milliseconds=1))
        return min(max((at - self.start) / whole, 0), 1) * self.cells


def read_rows(client: "httpx2.Client", run_id: str) -> tuple[dict[str, Any], list[Row]]:
    """Read the tree of a run; return its root and the lines below it."""
    tree = _read(client, run_id, limit=MOST_ROWS)
    rows: list[Row] = []
    for node in tree["nodes"]:
        rows.append(Row(0, node["name"], node))
        if node["below"] and len(rows) < MOST_ROWS:
            rows += _below(client, run_id, node)
    if left := tree["total"] - len(tree["nodes"]):
        rows.append(Row(0, f"and {left:,} more"))
    return tree, rows


def draw(tree: dict[str, Any], rows: Sequence[Row], width: int, *, wait: str, work: str) -> list[Any]:
    """Return the lines of the timeline as Rich texts: name, status, bar and duration, within a width."""
    from rich.cells import cell_len, set_cell_size
    from rich.text import Text

    root = tree["run"]
    now = datetime.fromisoformat(tree["now"])
    if root["startedAt"] is None or not rows:
        return []
    names = [f"{'  ' * row.depth}{row.text}" for row in rows]
    statuses = [row.node["status"] if row.node else "" for row in rows]
    takes = [_took(row.node, now) if row.node else "" for row in rows]
    named = [cell_len(name) for row, name in zip(rows, names, strict=True) if row.node]
    wide = [min(LONGEST_NAME, max(named)), max(map(len, statuses)), max(map(len, takes))]
    cells = max(LEAST_BAR, width - sum(wide) - 3 * _GAP)
    scale = Scale(datetime.fromisoformat(root["startedAt"]), _end(root, now), cells)
    lines = []
    for row, name, status, took in zip(rows, names, statuses, takes, strict=True):
        if row.node is None:
            lines.append(Text(name, style="dim"))
            continue
        shown = name if cell_len(name) <= wide[0] else f"{set_cell_size(name, wide[0] - 1)}…"
        line = Text(set_cell_size(shown, wide[0] + _GAP))
        style = output.STATUS_STYLES.get(status, "")
        line.append(status.ljust(wide[1] + _GAP), style=style)
        for cell, run_of_cells in groupby(bar(row.node["spans"], scale, now, wait=wait, work=work)):
            line.append("".join(run_of_cells), style=WAIT_STYLE if cell == wait else style)
        line.append(f"{'':{_GAP}}{took:>{wide[2]}}")
        lines.append(line)
    return lines


def bar(spans: Iterable[dict[str, Any]], scale: Scale, now: datetime, *, wait: str, work: str) -> str:
    """Draw spans; what is shorter than a cell still has one, and work is drawn over waiting."""
    cells = [" "] * scale.cells
    for span in sorted(spans, key=lambda one: one["waitedFor"] is None):
        begin = min(int(scale.cell(datetime.fromisoformat(span["startedAt"]))), scale.cells - 1)
        ended = datetime.fromisoformat(span["endedAt"]) if span["endedAt"] else now
        end = max(begin + 1, round(scale.cell(ended)))
        cells[begin:end] = (wait if span["waitedFor"] else work) * (end - begin)
    return "".join(cells)


def print_timeline(client: "httpx2.Client", run_id: str) -> None:
    """Print the timeline of a run that has steps."""
    tree, rows = read_rows(client, run_id)
    out = output.console()
    wait, work = output.wait_character(), output.bar_character()
    lines = draw(tree, rows, out.width, wait=wait, work=work)
    for line in lines:
        out.print(line, no_wrap=True, overflow="crop")
    if lines:
        out.print(f"{work} worked  {wait} waited", style="dim", markup=False)


def _below(client: "httpx2.Client", run_id: str, node: dict[str, Any]) -> list[Row]:
    """Return the lines below a step: its children, or where there are many those that failed."""
    total = sum(node["below"].values())
    if total <= MOST_CHILDREN:
        return [Row(1, _name(one), one) for one in _read(client, run_id, under=node["path"])["nodes"]]
    counts = ", ".join(f"{number:,} {status}" for status, number in node["below"].items())
    rows = [Row(1, f"{total:,} in all: {counts}")]
    if failed := node["below"].get("failed", 0):
        found = _read(client, run_id, under=node["path"], status="failed", limit=MOST_CHILDREN)["nodes"]
        rows += [Row(1, _name(one), one) for one in found]
        if failed > len(found):
            rows.append(Row(1, f"and {failed - len(found):,} more that failed"))
    return rows


def _name(node: dict[str, Any]) -> str:
    """Return the name of a node; items of a map have only their number."""
    return f"item {node['path'].rpartition('.')[2]}" if node["what"] == "item" else str(node["name"])


def _read(client: "httpx2.Client", run_id: str, **params: Any) -> dict[str, Any]:
    found: dict[str, Any] = output.printable(send(client, "GET", f"/api/runs/{part(run_id)}/tree", params=params))
    return found


def _took(node: dict[str, Any], now: datetime) -> str:
    if node["startedAt"] is None:
        return ""
    return exact_duration(max(_end(node, now) - datetime.fromisoformat(node["startedAt"]), timedelta()))


def _end(node: dict[str, Any], now: datetime) -> datetime:
    return datetime.fromisoformat(node["endedAt"]) if node["endedAt"] else now
