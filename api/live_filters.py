"""The filters of the live list as query parameters; density, calendar and costs take the same.

The rule kept here: what is given several times is one or the other, what is given by different names is both.
"""

from typing import Annotated

from fastapi import Depends, Query

from models.kinds import Kind
from models.rules.listing import LiveFilters, searching
from models.states import Severity, Source, State, Window


def get_live_filters(
    search: Annotated[
        str | None,
        Query(max_length=200, description="Part of a name, a description or an agent's name; no case, no accents."),
    ] = None,
    primitive: Annotated[tuple[Kind, ...], Query()] = (),
    type_: Annotated[tuple[Source, ...], Query(alias="type")] = (),
    severity: Annotated[tuple[Severity, ...], Query()] = (),
    state: Annotated[tuple[State, ...], Query()] = (),
    agent: Annotated[tuple[str, ...], Query(description="Slugs or ids of agents that it runs or uses.")] = (),
    archived: Annotated[tuple[bool, ...], Query(description="false: live ones; true: archived ones; both: all.")] = (
        False,
    ),
    window: Annotated[
        Window, Query(description="Judge by each automation's newest finished runs, or by all there ever were.")
    ] = Window.RECENT,
) -> LiveFilters:
    """Read which automations are asked for."""
    return LiveFilters(
        search=searching(search),
        primitives=frozenset(primitive),
        types=frozenset(type_),
        severities=frozenset(severity),
        states=frozenset(state),
        agents=frozenset(agent),
        archived=frozenset(archived),
        window=window,
    )


LiveFiltersDep = Annotated[LiveFilters, Depends(get_live_filters)]
