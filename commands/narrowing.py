"""The options that narrow what a command shows of automations; the API's filters under the API's names."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any

import typer

from models.kinds import Kind
from models.states import AutomationState, Severity, Source

Search = Annotated[str | None, typer.Option(help="Only what has this in a name or description.")]
Primitives = Annotated[list[Kind] | None, typer.Option("--primitive", help="Only this kind; may be repeated.")]
Types = Annotated[list[Source] | None, typer.Option("--type", help="Only what this fires; may be repeated.")]
Severities = Annotated[list[Severity] | None, typer.Option("--severity", help="Only this severity; may be repeated.")]
States = Annotated[list[AutomationState] | None, typer.Option("--state", help="Only this state; may be repeated.")]
Agents = Annotated[list[str] | None, typer.Option("--agent", help="Only what runs or uses this agent.")]
StartsFrom = Annotated[
    str | None, typer.Option("--starts-from", help="Only what the clock starts from this instant on, with --starts-to.")
]
StartsTo = Annotated[str | None, typer.Option("--starts-to", help="The instant after the last, with its offset.")]
Zone = Annotated[str | None, typer.Option("--tz", help="The zone whose hours and days count; else this machine's.")]


def narrowed(
    *,
    search: Search = None,
    primitive: Primitives = None,
    type_: Types = None,
    severity: Severities = None,
    state: States = None,
    agent: Agents = None,
) -> dict[str, Any]:
    """Give the query parameters of the filters."""
    return {
        "search": search,
        "primitive": [kind.value for kind in primitive or []],
        "type": [source.value for source in type_ or []],
        "severity": [one.value for one in severity or []],
        "state": [one.value for one in state or []],
        "agent": agent or [],
    }


def narrowable(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of `narrowed`; its first parameter is what they come to.

    Typer reads the options from the signature, so the signature is what is changed.
    """
    options = inspect.signature(narrowed).parameters
    _, *own = inspect.signature(command).parameters.values()

    @wraps(command)
    def run(**given: Any) -> None:
        command(narrowed(**{name: given.pop(name) for name in options}), **given)

    run.__signature__ = inspect.Signature([*own, *options.values()])  # type: ignore[attr-defined]
    return run


def zone_or_here(name: str | None) -> str:
    """Give the asked zone, else this machine's, else UTC."""
    import os
    from pathlib import Path

    from models.rules.cron.zones import zone_names

    link = os.path.realpath("/etc/localtime")
    here = link.partition("zoneinfo/")[2] if Path(link).exists() else ""
    return name or next((found for found in (os.environ.get("TZ", ""), here) if found in zone_names()), "UTC")
