"""Callbacks of agents that respond later; the token in the path is the only credential."""

import structlog
from fastapi import APIRouter, Request, status

from api.deps import AfterCommitDep, Session, SettingsDep
from api.firing.body_reading import read_body
from api.http.bodies import JsonRoute
from api.http.errors import responses
from models.contracts.base import Contract
from models.errors import AlreadyFinished
from models.store.runs.agent_results import store_callback, workflow_to_tell
from runtime.security.callbacks import run_of_token

log = structlog.get_logger(__name__)
router = APIRouter(prefix="/api/callbacks", tags=["callbacks"], route_class=JsonRoute)


class CallbackAccepted(Contract):
    """The result is stored."""

    accepted: bool = True


@router.post("/{token}", status_code=status.HTTP_202_ACCEPTED, responses=responses(401, 409, 415))
async def call_back(
    token: str, request: Request, session: Session, settings: SettingsDep, after_commit: AfterCommitDep
) -> CallbackAccepted:
    """Store an agent's result; the same may be sent again, another one is refused (409)."""
    run_id = run_of_token(settings, token)
    read = read_body(await request.body(), request.headers, settings.max_payload_bytes)
    if read.note:
        log.warning("a callback is kept with a change", run_id=str(run_id), note=read.note)
    if not await store_callback(session, run_id, read.payload):
        raise AlreadyFinished("the run has already ended")
    if waiting := await workflow_to_tell(session, run_id):
        after_commit.called_back.append(waiting)
    return CallbackAccepted()
