"""Callbacks of agents that respond later; the token in the path is the only credential."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, status
from fastapi.responses import JSONResponse
from sqlalchemy.ext.asyncio import AsyncSession

from api.deps import AfterCommitDep, Session, SettingsDep
from api.firing.body_reading import read_body
from api.http.bodies import JsonRoute
from api.http.errors import refused, responses
from models.contracts.base import Contract
from models.errors import AlreadyFinished, Invalid
from models.store.governance import audit
from models.store.runs.agent_results import store_callback, workflow_to_tell
from runtime.security.callbacks import run_of_token

router = APIRouter(prefix="/api/callbacks", tags=["callbacks"], route_class=JsonRoute)


class CallbackAccepted(Contract):
    """The result is stored."""

    accepted: bool = True


@router.post(
    "/{token}",
    status_code=status.HTTP_202_ACCEPTED,
    response_model=CallbackAccepted,
    responses=responses(401, 409, 415),
)
async def call_back(
    token: str, request: Request, session: Session, settings: SettingsDep, after_commit: AfterCommitDep
) -> Any:
    """Store an agent's result; the same may be sent again, another one is refused (409)."""
    run_id = run_of_token(settings, token)
    body = await request.body()
    try:
        read = read_body(body, request.headers, settings.max_payload_bytes, root="answer")
    except Invalid as error:
        return await _unreadable(request, session, run_id, len(body), error)
    if not await store_callback(session, run_id, read.payload, note=read.note):
        raise AlreadyFinished("the run has already ended")
    if waiting := await workflow_to_tell(session, run_id):
        after_commit.called_back.append(waiting)
    return CallbackAccepted()


async def _unreadable(request: Request, session: AsyncSession, run_id: UUID, size: int, error: Invalid) -> JSONResponse:
    """Record in the audit log that a run's answer arrived and could not be read; the run waits for another one."""
    await audit.record(
        session,
        actor="callback",
        action="callback.refused",
        subject_type="run",
        subject_id=run_id,
        after={"code": error.code, "sizeBytes": size},
        reason=error.detail,
    )
    return refused(request, error)
