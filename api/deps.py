"""Dependencies of routes, as annotated aliases.

Each request has one transaction, committed after the route returns and before the response is sent. Temporal is called
after that commit.
"""

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Query, Request
from sqlalchemy.ext.asyncio import AsyncSession

from api.http.auth import Actor, authenticate, authenticate_sender, check_scope
from api.state import State
from models.states import Scope
from models.store.admission.to_tell import Admissions, take_admissions
from models.store.paging import PageRequest
from models.store.runs.to_start import RunToStart
from runtime.database import transaction
from runtime.settings import Settings
from runtime.temporal.starting import tell_called_back


def get_state(request: Request) -> State:
    state: State = request.app.state.podium
    return state


StateDep = Annotated[State, Depends(get_state)]


def get_settings(state: StateDep) -> Settings:
    return state.settings


SettingsDep = Annotated[Settings, Depends(get_settings)]


@dataclass(slots=True)
class AfterCommit:
    """Calls to Temporal to make once the transaction is committed."""

    runs: list[RunToStart] = field(default_factory=list)
    syncs: list[uuid.UUID] = field(default_factory=list)
    admissions: list[Admissions] = field(default_factory=list)
    """Runs to start, wake or cancel because flow control has decided so."""
    called_back: list[str] = field(default_factory=list)
    """Temporal workflows whose agent has called back."""


async def get_after_commit(state: StateDep) -> AsyncIterator[AfterCommit]:
    work = AfterCommit()
    yield work
    state.starter.start(work.runs)
    for decided in work.admissions:
        state.starter.tell(decided)
    await state.starter.sync(work.syncs)
    for temporal_workflow_id in work.called_back:
        await tell_called_back(state.temporal, temporal_workflow_id)


AfterCommitDep = Annotated[AfterCommit, Depends(get_after_commit, scope="function")]


async def get_session(state: StateDep, after: AfterCommitDep) -> AsyncIterator[AsyncSession]:
    """`scope="function"` commits before the response is sent."""
    async with transaction(state.sessions) as session:
        yield session
    after.admissions.append(take_admissions(session))


Session = Annotated[AsyncSession, Depends(get_session, scope="function")]


async def get_actor(request: Request, session: Session, state: StateDep) -> Actor:
    return await authenticate(request, session, state.settings, state.wrong_keys)


def _needs(scope: Scope, get: Callable[..., Awaitable[Actor]] = get_actor) -> Callable[[Actor], Awaitable[Actor]]:
    async def allowed(actor: Annotated[Actor, Depends(get, scope="function")]) -> Actor:
        return check_scope(actor, scope)

    return allowed


Reader = Annotated[Actor, Depends(_needs(Scope.READ), scope="function")]
Operator = Annotated[Actor, Depends(_needs(Scope.OPERATE), scope="function")]
Admin = Annotated[Actor, Depends(_needs(Scope.ADMIN), scope="function")]


async def get_sender(request: Request, state: StateDep) -> Actor:
    return await authenticate_sender(request, state.sessions, state.intake.keys.do, state.settings, state.wrong_keys)


Sender = Annotated[Actor, Depends(_needs(Scope.OPERATE, get_sender), scope="function")]
"""An operator whose request has no transaction of its own."""


async def get_slot() -> AsyncIterator[ExitStack]:
    """Release a stream's place when its response has ended, however it ends."""
    with ExitStack() as slot:
        yield slot


Slot = Annotated[ExitStack, Depends(get_slot, scope="request")]


def get_page_request(
    limit: Annotated[int, Query(ge=1, le=200)] = 50, cursor: Annotated[str | None, Query(max_length=500)] = None
) -> PageRequest:
    return PageRequest(limit, cursor)


PageDep = Annotated[PageRequest, Depends(get_page_request)]
