"""`/api/automations`: the rules that start runs."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response, status

from api.actions.bulk import apply_bulk
from api.deps import Admin, AfterCommitDep, Operator, PageDep, Reader, Session, StateDep
from api.firing.filter_preview import evaluates_filter, filter_verdict
from api.firing.flow_control_preview import evaluates_flow_control, flow_control_results
from api.http.auth import check_scope
from api.http.bodies import JsonRoute
from api.http.conditional import IfMatch, check_revision, set_etag
from api.http.errors import prefix_field, responses
from api.lists import automation_detail
from api.lists.live_filters import read_zone
from api.lists.spans import check_span
from api.saving import automations as saving
from api.saving import switching
from models.contracts.automations.bulk import BulkRequest, BulkResult
from models.contracts.automations.drafts import (
    AutomationDraft,
    AutomationPatch,
    PauseRequest,
    ReasonRequest,
    ResumeRequest,
)
from models.contracts.automations.live import AutomationDetail
from models.contracts.automations.why import Why
from models.contracts.base import Page
from models.contracts.outlook.preview import Preview, PreviewRequest
from models.contracts.outlook.trend import Trend
from models.contracts.queries import WhyQuery
from models.errors import BadCron, Invalid, UnknownTimezone
from models.rules.why import minute_of
from models.states import Scope
from models.store.automations import queries as automations
from models.store.automations import why as explanations
from models.store.automations.dependencies import lock_graph
from models.store.outlook import preview as previews
from models.store.stats import trend as trends
from models.store.tables.automations import Automation

router = APIRouter(prefix="/api/automations", tags=["automations"], route_class=JsonRoute)

MAX_TREND_DAYS = 90


@router.post("", status_code=status.HTTP_201_CREATED, responses=responses(409))
async def create(
    draft: AutomationDraft, session: Session, state: StateDep, actor: Admin, after: AfterCommitDep, response: Response
) -> AutomationDetail:
    """Create an automation."""
    row = await saving.create(session, state, draft, actor, after)
    set_etag(row.revision, response)
    return await automation_detail.saved(session, row)


@router.get("")
async def list_all(
    session: Session,
    _: Reader,
    wanted: PageDep,
    search: Annotated[str | None, Query(max_length=200)] = None,
    archived: bool = False,
    managed_by: Annotated[str | None, Query(alias="managedBy")] = None,
) -> Page[AutomationDetail]:
    """List automations with their configuration, newest first."""
    rows, cursor = await automations.page(session, wanted, search=search, archived=archived, managed_by=managed_by)
    return Page(items=await automation_detail.details(session, rows), next_cursor=cursor)


@router.get("/{name}", responses=responses(404))
async def read(name: str, session: Session, _: Reader, response: Response) -> AutomationDetail:
    """Read an automation by id or slug; its ETag is its revision."""
    return await _tagged(session, await automations.by_name(session, name), response)


@router.patch("/{name}", responses=responses(404, 409, 412))
async def change(
    name: str,
    patch: AutomationPatch,
    session: Session,
    state: StateDep,
    actor: Admin,
    after: AfterCommitDep,
    response: Response,
    if_match: IfMatch = None,
) -> AutomationDetail:
    """Update an automation; objects are merged (RFC 7396)."""
    if patch.dependencies is not None:
        await lock_graph(session)
    row = await automations.by_name(session, name, lock=True)
    check_revision(row, if_match)
    row = await saving.change(session, state, row, patch, actor, after)
    set_etag(row.revision, response)
    return await automation_detail.saved(session, row)


@router.delete("/{name}", status_code=status.HTTP_204_NO_CONTENT, responses=responses(404, 412))
async def delete(name: str, session: Session, actor: Admin, after: AfterCommitDep, if_match: IfMatch = None) -> None:
    """Archive an automation: its Temporal schedule is deleted, its runs are kept."""
    row = await automations.by_name(session, name, lock=True)
    check_revision(row, if_match)
    await switching.archive(session, [row], actor, "", after)


@router.post("/{name}/pause", responses=responses(404, 409))
async def pause(
    name: str,
    session: Session,
    actor: Operator,
    after: AfterCommitDep,
    response: Response,
    request: PauseRequest | None = None,
) -> AutomationDetail:
    """Pause an automation, or snooze it `until` a given time; deliveries meanwhile are recorded as skipped.

    At the end of a snooze it resumes; what fell due meanwhile is not replayed. A paused automation takes the new end.
    """
    asked = request or PauseRequest()
    until = switching.snooze_end(asked.until, datetime.now(UTC))
    row = await automations.by_name(session, name, lock=True)
    await switching.set_active(session, [row], False, actor, asked.reason, after, until=until)
    return await _tagged(session, row, response)


@router.post("/{name}/resume", responses=responses(404, 409))
async def resume(
    name: str,
    session: Session,
    actor: Operator,
    after: AfterCommitDep,
    response: Response,
    request: ResumeRequest | None = None,
) -> AutomationDetail:
    """Resume an automation; it starts a fresh health window.

    Due times that passed meanwhile are not run, unless `catchup` of the request or of its schedule says so.
    """
    asked = request or ResumeRequest()
    row = await automations.by_name(session, name, lock=True)
    await switching.set_active(session, [row], True, actor, asked.reason, after, catchup=asked.catchup)
    return await _tagged(session, row, response)


@router.post("/{name}/archive", responses=responses(404))
async def archive(
    name: str,
    session: Session,
    actor: Admin,
    after: AfterCommitDep,
    response: Response,
    why: ReasonRequest | None = None,
) -> AutomationDetail:
    """Archive an automation with a reason."""
    row = await automations.by_name(session, name, lock=True)
    await switching.archive(session, [row], actor, why.reason if why else "", after)
    return await _tagged(session, row, response)


@router.post("/{name}/restore", responses=responses(404, 409))
async def restore(
    name: str,
    session: Session,
    actor: Admin,
    after: AfterCommitDep,
    response: Response,
    why: ReasonRequest | None = None,
) -> AutomationDetail:
    """Restore an archived automation; fires missed while it was archived are not replayed."""
    row = await automations.by_name(session, name, lock=True)
    await switching.restore(session, [row], actor, why.reason if why else "", after)
    return await _tagged(session, row, response)


@router.post("/bulk", responses=responses(404, 409))
async def bulk(
    wanted: BulkRequest, session: Session, state: StateDep, actor: Operator, after: AfterCommitDep, request: Request
) -> BulkResult:
    """Pause, resume, fire, archive or restore many automations, all or none; `dryRun` only counts them.

    Archiving and restoring need the scope `admin`.
    """
    return await apply_bulk(session, state, wanted, actor, after, request.headers)


@router.post("/preview", responses=responses(404))
async def preview(session: Session, state: StateDep, actor: Reader, draft: PreviewRequest) -> Preview:
    """Preview when a draft would fire, its cost and the load it adds, without saving it.

    With a `sample`, also tell whether it passes the draft's filter, and what the expressions of its flow control
    yield; evaluating them needs the scope `operate`.
    """
    if evaluates_filter(draft) or evaluates_flow_control(draft):
        check_scope(actor, Scope.OPERATE)
    try:
        found = await previews.preview(session, state.portfolios, draft, datetime.now(UTC))
    except BadCron as error:
        # The rule names one of the five cron fields; the request has a single field for all of them.
        error.field = "schedule.cronExpr"
        raise
    except UnknownTimezone as error:
        raise prefix_field("schedule", error) from None
    verdict, results = await filter_verdict(draft), await flow_control_results(draft)
    return found.model_copy(update={"filter": verdict, "expressions": results})


@router.get("/{name}/trend", responses=responses(404))
async def trend(
    name: str,
    session: Session,
    _: Reader,
    tz: Annotated[str, Query(max_length=80, description="Time zone of the days.")] = "UTC",
    days: Annotated[int, Query(ge=1, le=MAX_TREND_DAYS)] = 30,
) -> Trend:
    """Read an automation's last days, today included: outcomes, success rate, duration and cost per day."""
    zone = read_zone(tz)
    row = await automations.by_name(session, name)
    return await trends.trend(session, row.id, days=days, tz=zone, now=datetime.now(UTC))


@router.get("/{name}/why", responses=responses(404))
async def why(name: str, session: Session, _: Reader, query: Annotated[WhyQuery, Query()]) -> Why:
    """Explain why an automation ran or did not: each due time, run and delivery of a minute or of a span."""
    since, until = _why_span(query)
    row = await automations.by_name(session, name)
    return await explanations.why(session, row, since, until, datetime.now(UTC))


def _why_span(query: WhyQuery) -> tuple[datetime, datetime]:
    if query.start is None:
        if query.end is not None:
            raise Invalid("`to` requires `from`", field="from")
        return minute_of(query.at or datetime.now(UTC))
    if query.at is not None:
        raise Invalid("use either `at`, or `from` and `to`", field="at")
    end = query.end or query.start + timedelta(days=1)
    check_span(query.start, end, start="from", end="to")
    return query.start, end


async def _tagged(session: Session, row: Automation, response: Response) -> AutomationDetail:
    set_etag(row.revision, response)
    return await automation_detail.one(session, row)
