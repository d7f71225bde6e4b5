"""Browser sessions: sign in with a one-time link or an API key, and sign out."""

from datetime import UTC, datetime
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Header, HTTPException, Request, Response, status
from fastapi.responses import RedirectResponse
from pydantic import Field

from api.deps import Reader, Session, SettingsDep, StateDep
from api.http.auth import address_of, key_of
from api.http.bodies import JsonRoute
from api.http.errors import responses
from api.http.sessions import delete_session_cookie, set_session_cookie
from api.lists.run_views import temporal_page
from api.state import State
from models.contracts.base import Contract
from models.errors import BadSignInLink, Unauthenticated
from models.states import Scope
from models.store.governance import keys, sessions
from runtime.security.signin import read_sign_in_token

router = APIRouter(tags=["session"], route_class=JsonRoute)


HTML = "text/html"
Accept = Annotated[str, Header()]


class SessionRequest(Contract):
    key: str = Field(min_length=1, max_length=500)


class SessionView(Contract):
    """The signed-in key."""

    name: str
    scope: Scope
    temporal_url: str
    """Podium's namespace in the Temporal UI."""
    spread_minutes: int
    """By how many minutes spreading may move schedules that say nothing themselves: `PODIUM_SPREAD_MINUTES`."""


@router.get("/sign-in", status_code=status.HTTP_303_SEE_OTHER, responses=responses(401))
async def sign_in(session: Session, settings: SettingsDep, token: str = "", accept: Accept = "") -> RedirectResponse:
    """Sign in the first administrator with a one-time link; browsers are redirected to the page, also on errors."""
    try:
        await keys.spend_token(session, read_sign_in_token(settings, token))
    except BadSignInLink as error:
        if HTML not in accept:
            raise
        return _to_page(f"/?refused={error.code}")
    key = await keys.administrator(session)
    answer = _to_page("/")
    set_session_cookie(answer, settings, await sessions.open_session(session, key.id, datetime.now(UTC)))
    return answer


@router.head("/sign-in", include_in_schema=False)
async def refuse_head() -> None:
    """Chat programs preview links with HEAD, which must not use up the link or look like a sign-in."""
    raise HTTPException(status.HTTP_405_METHOD_NOT_ALLOWED, headers={"Allow": "GET"})


@router.post("/api/session", responses=responses(401, 429))
async def open_with_key(
    given: SessionRequest, session: Session, state: StateDep, request: Request, response: Response
) -> SessionView:
    """Sign in with an API key; the session has the scope of the key."""
    try:
        key = await key_of(partial(keys.by_digest, session), given.key.strip(), state.wrong_keys, address_of(request))
    except Unauthenticated as error:
        error.field, error.hint = "key", None
        raise
    cookie = await sessions.open_session(session, key.id, datetime.now(UTC))
    set_session_cookie(response, state.settings, cookie)
    return _view(key.name, key.scope, state)


@router.get("/api/session")
async def read(actor: Reader, state: StateDep) -> SessionView:
    """Read the current session or key."""
    return _view(actor.name, actor.scope, state)


@router.delete("/api/session", status_code=status.HTTP_204_NO_CONTENT)
async def close(actor: Reader, session: Session, response: Response) -> None:
    """Sign out: end the session, also for copies of its cookie."""
    if actor.session_id is not None:
        await sessions.end_session(session, actor.session_id)
    delete_session_cookie(response)


def _to_page(path: str) -> RedirectResponse:
    return RedirectResponse(path, status_code=status.HTTP_303_SEE_OTHER, headers={"Cache-Control": "no-store"})


def _view(name: str, scope: Scope, state: State) -> SessionView:
    return SessionView(
        name=name, scope=scope, temporal_url=temporal_page(state), spread_minutes=state.settings.spread_minutes
    )
