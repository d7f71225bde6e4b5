"""The filters of the live list as query parameters; density, calendar and costs take the same.

The rule kept here: what is given several times is one or the other, what is given by different names is both.
"""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import Depends, Query
from pydantic import AwareDatetime

from api.deps import Session, StateDep
from api.state import State as ProcessState
from models.contracts.bulk import LiveQuery
from models.errors import Invalid
from models.kinds import Kind
from models.rules.listing.filters import LiveFilters, Starting, searching
from models.states import AutomationState, Severity, Source, Window
from models.store.outlook.density import starting_between

LONGEST = timedelta(days=31)


async def get_live_filters(
    session: Session,
    state_of_process: StateDep,
    search: Annotated[
        str, Query(max_length=200, description="Part of a name, a description or an agent's name; no case, no accents.")
    ] = "",
    primitive: Annotated[tuple[Kind, ...], Query()] = (),
    type_: Annotated[tuple[Source, ...], Query(alias="type")] = (),
    severity: Annotated[tuple[Severity, ...], Query()] = (),
    state: Annotated[tuple[AutomationState, ...], Query()] = (),
    agent: Annotated[tuple[str, ...], Query(description="Slugs or ids of agents that it runs or uses.")] = (),
    archived: Annotated[tuple[bool, ...], Query(description="false: live ones; true: archived ones; both: all.")] = (
        False,
    ),
    window: Annotated[
        Window, Query(description="Judge by each automation's newest finished runs, or by all there ever were.")
    ] = Window.RECENT,
    starts_from: Annotated[
        AwareDatetime | None,
        Query(alias="startsFrom", description="Only schedules that start a run from this instant on, to `startsTo`."),
    ] = None,
    starts_to: Annotated[
        AwareDatetime | None, Query(alias="startsTo", description="The instant after the last.")
    ] = None,
) -> LiveFilters:
    """Read which automations are asked for."""
    query = LiveQuery(
        search=search,
        primitive=primitive,
        type=type_,
        severity=severity,
        state=state,
        agent=agent,
        archived=archived,
        window=window,
        starts_from=starts_from,
        starts_to=starts_to,
    )
    return await live_filters(session, state_of_process, query)


LiveFiltersDep = Annotated[LiveFilters, Depends(get_live_filters, scope="function")]


async def live_filters(session: Session, state: ProcessState, query: LiveQuery) -> LiveFilters:
    """Give filters as the list compares them; raise `Invalid` for a span that is none."""
    return LiveFilters(
        search=searching(query.search),
        primitives=frozenset(query.primitive),
        types=frozenset(query.type),
        severities=frozenset(query.severity),
        states=frozenset(query.state),
        agents=frozenset(query.agent),
        archived=frozenset(query.archived),
        window=query.window,
        starting=await _starting(session, state, query.starts_from, query.starts_to),
    )


async def _starting(
    session: Session, state: ProcessState, since: datetime | None, until: datetime | None
) -> Starting | None:
    if since is None and until is None:
        return None
    if since is None or until is None:
        missing = "startsFrom" if since is None else "startsTo"
        raise Invalid("startsFrom and startsTo go together", field=missing)
    if not timedelta(0) < until - since <= LONGEST:
        raise Invalid("the span must end after it begins, and within 31 days", field="startsTo")
    ids = await starting_between(session, state.portfolios, since, until, datetime.now(UTC))
    return Starting(since, until, ids)
