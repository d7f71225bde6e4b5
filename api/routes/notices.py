"""Notices: what people are told about changes that nobody made."""

import uuid
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query, status

from api.deps import Operator, Reader, Session
from api.http.bodies import JsonRoute
from api.http.errors import responses
from models.contracts.governance.notices import NoticePage, SeenNotices, SeenRequest
from models.contracts.queries import NoticeQuery
from models.store.automations import queries as automations
from models.store.governance import notices
from models.store.paging import PageRequest

router = APIRouter(prefix="/api/notices", tags=["notices"], route_class=JsonRoute)


@router.get("", responses=responses(404))
async def list_notices(session: Session, _: Reader, query: Annotated[NoticeQuery, Query()]) -> NoticePage:
    """List notices, newest first."""
    automation_id = (await automations.by_name(session, query.automation)).id if query.automation else None
    request = PageRequest(query.limit, query.cursor)
    return await notices.page(session, request, unseen=query.unseen, automation_id=automation_id)


@router.post("/seen")
async def see_notices(given: SeenRequest, session: Session, actor: Operator) -> SeenNotices:
    """Mark all notices up to a time as seen."""
    count = await notices.see_until(session, given.until, actor.name, datetime.now(UTC))
    return SeenNotices(seen=count)


@router.post("/{notice_id}/seen", status_code=status.HTTP_204_NO_CONTENT, responses=responses(404))
async def see_notice(notice_id: uuid.UUID, session: Session, actor: Operator) -> None:
    """Mark a notice as seen; repeating it changes nothing."""
    await notices.see(session, notice_id, actor.name, datetime.now(UTC))
