"""The filter options that several commands share; they are named like the API's filters."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any

import typer

from models.kinds import Kind
from models.states import AutomationState, Severity, Source

Search = Annotated[str | None, typer.Option(help="Only those whose name or description contains this.")]
Primitives = Annotated[list[Kind] | None, typer.Option("--primitive", help="Only this kind; repeatable.")]
Types = Annotated[list[Source] | None, typer.Option("--type", help="Only this source; repeatable.")]
Severities = Annotated[list[Severity] | None, typer.Option("--severity", help="Only this severity; repeatable.")]
States = Annotated[list[AutomationState] | None, typer.Option("--state", help="Only this state; repeatable.")]
Agents = Annotated[list[str] | None, typer.Option("--agent", help="Only those that run or use this agent; repeatable.")]
StartsFrom = Annotated[
    str | None,
    typer.Option("--starts-from", help="Only those that start between this instant and --starts-to."),
]
StartsTo = Annotated[
    str | None, typer.Option("--starts-to", help="End of the interval (exclusive), with its UTC offset.")
]
Zone = Annotated[str | None, typer.Option("--tz", help="Time zone of hours and days; default: this machine's.")]


def filter_params(
    *,
    search: Search = None,
    primitive: Primitives = None,
    type_: Types = None,
    severity: Severities = None,
    state: States = None,
    agent: Agents = None,
) -> dict[str, Any]:
    """Return the query parameters of the filters."""
    return {
        "search": search,
        "primitive": [kind.value for kind in primitive or []],
        "type": [source.value for source in type_ or []],
        "severity": [one.value for one in severity or []],
        "state": [one.value for one in state or []],
        "agent": agent or [],
    }


def taking(filters: Callable[..., dict[str, Any]]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return a decorator that adds the options of a function to a command, whose first parameter receives its result.

    Typer reads options from the signature, so the signature is extended.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        options = inspect.signature(filters).parameters
        _, *own = inspect.signature(command).parameters.values()

        @wraps(command)
        def run(**given: Any) -> None:
            command(filters(**{name: given.pop(name) for name in options}), **given)

        run.__signature__ = inspect.Signature([*own, *options.values()])  # type: ignore[attr-defined]
        return run

    return decorate


filterable = taking(filter_params)
"""Adds the filters of the live list."""


def zone_or_local(name: str | None) -> str:
    """Return the given zone, else this machine's, else UTC."""
    import os
    from pathlib import Path

    from models.rules.cron.zones import zone_names

    # /etc/localtime is a link into the zone database on every system that Podium runs on.
    link = os.path.realpath("/etc/localtime")
    here = link.partition("zoneinfo/")[2] if Path(link).exists() else ""
    return name or next((found for found in (os.environ.get("TZ", ""), here) if found in zone_names()), "UTC")
