"""`/api/live/control`: the verdict on everything, the days behind it, and who contributes to it."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response, status

from api.deps import Reader, StateDep
from api.http.bodies import JsonRoute
from api.http.conditional import json_unless_known
from api.lists.control import control
from api.lists.kept_documents import Document
from api.lists.live_filters import read_zone
from models.contracts.control import Control
from models.contracts.control_entities import ControlEntities
from models.contracts.control_history import ControlHistory
from models.contracts.queries import ControlHistoryQuery, ControlQuery
from models.store.control.entities import entities
from models.store.control.history import history
from runtime.database import transaction

VERDICT_BOUND = timedelta(seconds=10)
VERDICT_RENEWED = timedelta(seconds=4)
SUMS_BOUND = timedelta(seconds=60)
"""Sums of hours and days: what the last minute adds changes little."""

router = APIRouter(prefix="/api/live/control", tags=["live"], route_class=JsonRoute)

NOT_MODIFIED: dict[int | str, dict[str, Any]] = {
    status.HTTP_304_NOT_MODIFIED: {"description": "Unchanged since the ETag in `If-None-Match`."}
}
IfNoneMatch = Annotated[str | None, Header()]
CacheControl = Annotated[str | None, Header(description="`no-cache`: read everything now.")]


@router.get("", response_model=Control, responses=NOT_MODIFIED)
async def read_control(
    state: StateDep,
    _: Reader,
    query: Annotated[ControlQuery, Query()],
    if_none_match: IfNoneMatch = None,
    cache_control: CacheControl = None,
) -> Response:
    """Judge everything: one sentence with its reasons, what needs somebody, kinds, engine, budgets and the load ahead.

    It is never `healthy` while something that it rests on is missing or old. The answer is at most ten seconds old.
    """
    tz = read_zone(query.tz)

    async def make() -> Control:
        return await control(state, tz, datetime.now(UTC))

    found = await state.kept.get(
        ("control", tz.key), make, bound=VERDICT_BOUND, renew_every=VERDICT_RENEWED, anew=_anew(cache_control)
    )
    return _unless_known(found, if_none_match)


@router.get("/history", response_model=ControlHistory, responses=NOT_MODIFIED)
async def read_control_history(
    state: StateDep,
    _: Reader,
    query: Annotated[ControlHistoryQuery, Query()],
    if_none_match: IfNoneMatch = None,
    cache_control: CacheControl = None,
) -> Response:
    """Read volume, failure rate and cost of the last days by hour, each beside what is usual, and what was changed.

    The answer is at most a minute old.
    """
    tz = read_zone(query.tz)

    async def make() -> ControlHistory:
        async with transaction(state.sessions) as session:
            return await history(session, days=query.days, tz=tz, now=datetime.now(UTC))

    key = ("control history", tz.key, query.days)
    found = await state.kept.get(key, make, bound=SUMS_BOUND, anew=_anew(cache_control))
    return _unless_known(found, if_none_match)


@router.get("/entities", response_model=ControlEntities, responses=NOT_MODIFIED)
async def read_control_entities(
    state: StateDep, _: Reader, if_none_match: IfNoneMatch = None, cache_control: CacheControl = None
) -> Response:
    """Read who made most of the last day's runs, failures and costs, and which agents people had to help.

    The answer is at most a minute old.
    """

    async def make() -> ControlEntities:
        async with transaction(state.sessions) as session:
            return await entities(session, datetime.now(UTC))

    found = await state.kept.get("control entities", make, bound=SUMS_BOUND, anew=_anew(cache_control))
    return _unless_known(found, if_none_match)


def _anew(cache_control: str | None) -> bool:
    return "no-cache" in (cache_control or "").lower()


def _unless_known(found: Document, if_none_match: str | None) -> Response:
    return json_unless_known(found.body, found.etag, if_none_match)
