"""Signing in and out with a browser: by a one-time link, or with an API key."""

from fastapi import APIRouter, Response, status
from fastapi.responses import RedirectResponse
from pydantic import Field

from api.bodies import JsonRoute
from api.deps import Reader, Session, SettingsDep
from api.errors import responses
from api.sessions import close_session, open_session
from models.contracts.base import Contract
from models.errors import Unauthenticated
from models.states import Scope
from models.store import keys
from runtime.signin import read_sign_in_token

router = APIRouter(tags=["session"], route_class=JsonRoute)


class SessionRequest(Contract):
    """The key to sign in with."""

    key: str = Field(min_length=1, max_length=500)


class SessionView(Contract):
    """Who is signed in."""

    name: str
    scope: Scope


@router.get("/sign-in", status_code=status.HTTP_303_SEE_OTHER, responses=responses(401))
async def sign_in(token: str, session: Session, settings: SettingsDep) -> RedirectResponse:
    """Sign the first administrator in, once per link."""
    await keys.spend_token(session, read_sign_in_token(settings, token))
    key = await keys.administrator(session)
    answer = RedirectResponse("/", status_code=status.HTTP_303_SEE_OTHER, headers={"Cache-Control": "no-store"})
    open_session(answer, settings, key.id)
    return answer


@router.post("/api/session", responses=responses(401))
async def open_with_key(
    request: SessionRequest, session: Session, settings: SettingsDep, response: Response
) -> SessionView:
    """Sign in with an API key; the session can do what the key can."""
    key = await keys.by_digest(session, keys.digest(request.key.strip()))
    if key is None:
        raise Unauthenticated("this API key is not known or has been revoked", field="key")
    open_session(response, settings, key.id)
    return SessionView(name=key.name, scope=key.scope)


@router.get("/api/session")
async def read(actor: Reader) -> SessionView:
    """Say who asks."""
    return SessionView(name=actor.name, scope=actor.scope)


@router.delete("/api/session", status_code=status.HTTP_204_NO_CONTENT)
async def close(_: Reader, response: Response) -> None:
    """Sign out."""
    close_session(response)
