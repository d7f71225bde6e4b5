"""`/api/keys`: API keys."""

import uuid

from fastapi import APIRouter, status

from api.deps import Admin, PageDep, Session
from api.http.bodies import JsonRoute
from api.http.errors import responses
from models.contracts.base import Page
from models.contracts.governance.keys import KeyDraft, KeyView, NewKey
from models.store.governance import audit, keys

router = APIRouter(prefix="/api/keys", tags=["keys"], route_class=JsonRoute)


@router.post("", status_code=status.HTTP_201_CREATED)
async def create(draft: KeyDraft, session: Session, actor: Admin) -> NewKey:
    """Create a key; it is only shown in this response."""
    made = await keys.make_key(session, draft, actor.name)
    await audit.record(
        session,
        actor=actor.name,
        action="key.created",
        subject_type="key",
        subject_id=made.id,
        after={"name": made.name, "scope": made.scope.value, "prefix": made.prefix},
    )
    return made


@router.get("")
async def list_all(session: Session, _: Admin, wanted: PageDep) -> Page[KeyView]:
    """List keys, including revoked ones."""
    return await keys.page(session, wanted)


@router.delete("/{key_id}", status_code=status.HTTP_204_NO_CONTENT, responses=responses(404))
async def revoke(key_id: uuid.UUID, session: Session, actor: Admin) -> None:
    """Revoke a key and end its sessions."""
    key = await keys.revoke(session, key_id)
    await audit.record(
        session,
        actor=actor.name,
        action="key.revoked",
        subject_type="key",
        subject_id=key.id,
        before={"name": key.name, "scope": key.scope.value, "prefix": key.prefix},
    )
