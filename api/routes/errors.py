"""`/api/errors`: groups of runs that ended in the same way, and what people decide about them."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query

from api.deps import Operator, Reader, Session
from api.http.bodies import JsonRoute
from api.http.errors import responses
from models.contracts.runs.error_key import ErrorKey
from models.contracts.runs.errors import (
    ErrorGroupDetail,
    ErrorGroupPage,
    ErrorsQuery,
    GroupDecision,
    GroupIgnored,
    SpanQuery,
)
from models.states import ErrorGroupState
from models.store.errors import changes
from models.store.errors.detail import error_group
from models.store.errors.listing import error_groups

router = APIRouter(prefix="/api/errors", tags=["errors"], route_class=JsonRoute)

Key = Annotated[ErrorKey, Path(description="The group's `key`.")]


@router.get("")
async def list_groups(session: Session, _: Reader, query: Annotated[ErrorsQuery, Query()]) -> ErrorGroupPage:
    """List the errors, and the reasons for skipped and missed runs, of a span: how many runs, when, and since when."""
    return await error_groups(session, query, datetime.now(UTC))


@router.get("/{key}", responses=responses(404))
async def read(key: Key, session: Session, _: Reader, query: Annotated[SpanQuery, Query()]) -> ErrorGroupDetail:
    """Read a group: whom it touches, and what sets its runs apart from all others."""
    return await error_group(session, key, query, datetime.now(UTC))


@router.post("/{key}/resolve", responses=responses(404))
async def resolve(key: Key, decision: GroupDecision, session: Session, actor: Operator) -> ErrorGroupDetail:
    """Call a group resolved. A run that starts afterwards and ends with it makes it `regressed`."""
    return await _decide(session, key, ErrorGroupState.RESOLVED, actor, decision)


@router.post("/{key}/reopen", responses=responses(404))
async def reopen(key: Key, decision: GroupDecision, session: Session, actor: Operator) -> ErrorGroupDetail:
    """Open a group again that was resolved or ignored."""
    return await _decide(session, key, ErrorGroupState.OPEN, actor, decision)


@router.post("/{key}/ignore", responses=responses(404))
async def ignore(key: Key, ignored: GroupIgnored, session: Session, actor: Operator) -> ErrorGroupDetail:
    """Ignore a group: until a time, up to a number of further runs, or until it is opened again."""
    now = datetime.now(UTC)
    await changes.ignore(session, key, ignored, actor=actor.name, now=now)
    return await error_group(session, key, SpanQuery(), now)


async def _decide(
    session: Session, key: int, state: ErrorGroupState, actor: Operator, decision: GroupDecision
) -> ErrorGroupDetail:
    now = datetime.now(UTC)
    await changes.decide(session, key, state, actor=actor.name, reason=decision.reason, now=now)
    return await error_group(session, key, SpanQuery(), now)
