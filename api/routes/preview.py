"""`/api/automations/preview`: a draft looked at before it is saved."""

from datetime import UTC, datetime

from fastapi import APIRouter

from api.deps import Reader, Session, StateDep
from api.firing.filter_preview import filter_verdict
from api.http.bodies import JsonRoute
from api.http.errors import responses, under
from models.contracts.preview import Preview, PreviewRequest
from models.errors import BadCron, UnknownTimezone
from models.store.outlook.preview import preview

router = APIRouter(prefix="/api/automations", tags=["automations"], route_class=JsonRoute)


@router.post("/preview", name="preview", responses=responses(404))
async def look_ahead(session: Session, state: StateDep, _: Reader, asked: PreviewRequest) -> Preview:
    """Tell when a draft would fire, what it would cost and where it would crowd; nothing is saved.

    With a `sample` it also tells whether that would get through the draft's filter.
    """
    try:
        ahead = await preview(session, state.portfolios, asked, datetime.now(UTC))
    except BadCron as error:
        # The rule says which of the five fields; on the wire they are one.
        error.field = "schedule.cronExpr"
        raise
    except UnknownTimezone as error:
        raise under("schedule", error) from None
    return ahead.model_copy(update={"filter": filter_verdict(asked)})
