"""Printing for people and for programs; `--json` prints the API's answer unchanged."""

import json
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from models.errors import PodiumError
from models.rules import number_format

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

AsJson = Annotated[bool, typer.Option("--json", help="Print the API's answer as JSON.")]

PIPE_COLUMNS = 200
STATUS_STYLES = {
    "completed": "green",
    "running": "blue",
    "waiting": "cyan",
    "stuck": "bold red",
    "failed": "red",
    "missed": "red",
    "skipped": "yellow",
    "cancelled": "yellow",
}
SEVERITY_STYLES = {"healthy": "green", "degrading": "yellow", "unstable": "dark_orange", "failing": "bold red"}
# C0 and C1 controls and DEL; tab and newline are harmless.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def show(answer: Any, as_json: bool, render: Callable[[Any], None]) -> None:
    """Print an answer as JSON, or let `render` print it with control characters made visible."""
    if as_json:
        print_json(answer)
    else:
        render(printable(answer))


def console() -> "Console":
    """Return a console for standard output; lines in a pipe are not cut to 80 columns."""
    from rich.console import Console

    found = Console(highlight=False, emoji=False)
    return found if found.is_terminal else Console(highlight=False, emoji=False, width=PIPE_COLUMNS)


def print_json(answer: Any) -> None:
    """Print JSON on a stream of any width or encoding."""
    typer.echo(json.dumps(answer, indent=2, ensure_ascii=not _is_utf8()))


def print_error(error: PodiumError) -> None:
    """Print title, detail, fields and hint of an error to standard error."""
    problem = getattr(error, "problem", None)
    title = problem.title if problem else error.title
    lines = [title if title == error.detail else f"{title}: {error.detail}"]
    others = problem.errors if problem else ()
    lines += [f"{one.field}: {one.detail}" for one in others] or ([f"field: {error.field}"] if error.field else [])
    if error.hint:
        lines.append(error.hint)
    typer.secho(printable(f"podium: {lines[0]}"), err=True, fg="red")
    for line in lines[1:]:
        typer.echo(printable(f"        {line}"), err=True)


def printable(value: Any) -> Any:
    """Escape control characters in every text of a JSON value, so that a name cannot steer the terminal."""
    match value:
        case str():
            return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", value)
        case list():
            return [printable(item) for item in value]
        case dict():
            return {printable(key): printable(item) for key, item in value.items()}
    return value


def table(*names: str, right: tuple[str, ...] = (), keep: tuple[str, ...] = ()) -> "Table":
    """Make a table with left-aligned columns, then right-aligned ones.

    Args:
        names: Left-aligned columns; they fold where the terminal is narrow.
        right: Right-aligned columns; they never fold.
        keep: Which of the left-aligned ones never fold, such as ids.
    """
    from rich import box
    from rich.table import Table

    found = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for name in names:
        found.add_column(name, overflow="fold", no_wrap=name in keep)
    for name in right:
        found.add_column(name, justify="right", no_wrap=True)
    return found


def bar_character() -> str:
    """Return the character for bars: a block, or # if the stream cannot show one."""
    return "█" if _is_utf8() else "#"


def wait_character() -> str:
    """Return the character for a bar that only waits: a light shade, or . if the stream cannot show one."""
    return "░" if _is_utf8() else "."


def styled(text: str, styles: dict[str, str]) -> str:
    """Colour a word as `styles` says, in Rich's markup."""
    style = styles.get(text)
    return f"[{style}]{text}[/{style}]" if style else text


def ago(instant: str | None, now: datetime | None = None) -> str:
    """Format an ISO instant as a distance from now: "3 min ago", "in 2 h"."""
    if instant is None:
        return "-"
    seconds = ((now or datetime.now(UTC)) - datetime.fromisoformat(instant)).total_seconds()
    text = duration(abs(seconds) * 1000)
    return f"in {text}" if seconds < 0 else f"{text} ago"


def local(instant: str) -> str:
    """Format an ISO instant in this machine's zone: "Mon 02 Mar 09:00"."""
    return f"{datetime.fromisoformat(instant).astimezone():%a %d %b %H:%M}"


def duration(milliseconds: float | None) -> str:
    """Format a duration in its largest useful unit."""
    return "-" if milliseconds is None else number_format.duration(milliseconds)


def _is_utf8() -> bool:
    return (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("-", "") in {"utf8", "utf8sig"}
