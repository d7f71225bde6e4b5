"""How answers look to people; `--json` prints them as they came."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import typer

from models.errors import PodiumError

if TYPE_CHECKING:
    from rich.console import Console

AsJson = Annotated[bool, typer.Option("--json", help="Print the API's answer as it is.")]

WIDE = 200
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


def console() -> "Console":
    """Give the console; a pipe gets lines that are not cut."""
    from rich.console import Console

    found = Console(highlight=False)
    return found if found.is_terminal else Console(highlight=False, width=WIDE)


def print_json(answer: Any) -> None:
    """Print an answer for programs."""
    typer.echo(json.dumps(answer, indent=2, ensure_ascii=False))


def print_error(error: PodiumError) -> None:
    """Say what went wrong: title, detail, fields and what to do next."""
    problem = getattr(error, "problem", None)
    title = problem.title if problem else error.title
    lines = [title if title == error.detail else f"{title}: {error.detail}"]
    others = problem.errors if problem else ()
    lines += [f"{one.field}: {one.detail}" for one in others] or ([f"field: {error.field}"] if error.field else [])
    if error.hint:
        lines.append(error.hint)
    typer.secho(f"podium: {lines[0]}", err=True, fg="red")
    for line in lines[1:]:
        typer.echo(f"        {line}", err=True)


def styled(text: str, styles: dict[str, str]) -> str:
    """Colour a word of a known vocabulary."""
    style = styles.get(text)
    return f"[{style}]{text}[/{style}]" if style else text


def ago(instant: str | None, now: datetime | None = None) -> str:
    """Say how long ago or ahead an instant of the wire is."""
    if instant is None:
        return "-"
    seconds = ((now or datetime.now(UTC)) - datetime.fromisoformat(instant)).total_seconds()
    text = duration(abs(seconds) * 1000)
    return f"in {text}" if seconds < 0 else f"{text} ago"


def duration(milliseconds: float | None) -> str:
    """Say a duration in its largest unit that makes sense."""
    if milliseconds is None:
        return "-"
    seconds = milliseconds / 1000
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    for unit, size in (("min", 60), ("h", 3600)):
        if seconds < size * (60 if unit == "min" else 48):
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds / 86400:.0f} d"


def money(amount: str | None) -> str:
    """Write an amount in dollars; unknown is not nothing."""
    return "unknown" if amount is None else f"${Decimal(amount):.4f}"
