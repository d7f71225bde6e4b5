"""`/api/runs`: runs of every kind, and cancelling, rerunning and signalling them."""

import uuid
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, status
from fastapi.responses import StreamingResponse

from api.actions import run_control
from api.actions.cancel_runs import cancel_run, cancel_runs
from api.deps import AfterCommitDep, Operator, Reader, Session, Slot, StateDep
from api.firing import fire as firing
from api.firing import intake
from api.http.bodies import JsonRoute
from api.http.errors import responses
from api.lists import run_overview, run_views
from api.lists.run_export import MEDIA_TYPES, exported
from models.contracts.automations.drafts import ReasonRequest
from models.contracts.runs.cancelling import CancelledRuns, CancelRunsRequest
from models.contracts.runs.listing import RunFacets, RunPage
from models.contracts.runs.overview import RunDetail
from models.contracts.runs.queries import RunExportQuery, RunQuery, RunsQuery
from models.contracts.runs.views import Fired, RunView
from models.contracts.workflows.signals import SignalRequest
from models.endpoints import EndpointKind, endpoint
from models.states import Source
from models.store.governance import audit
from models.store.paging import PageRequest, read_cursor
from models.store.runs import queries as runs
from models.store.runs.listing.facets import facets
from models.store.runs.listing.fetching import fetch, rows
from models.store.runs.listing.selection import selection_of
from runtime.firing.rerun import rerun_target

router = APIRouter(prefix="/api/runs", tags=["runs"], route_class=JsonRoute)


@router.get("", responses=responses(404, 409))
async def list_all(session: Session, state: StateDep, _: Reader, query: Annotated[RunsQuery, Query()]) -> RunPage:
    """List runs of every kind without their values, newest first."""
    wanted = await selection_of(session, query)
    found = await fetch(session, wanted, PageRequest(query.limit, query.cursor))
    return RunPage(
        items=await run_views.listed(session, await rows(session, found), state),
        next_cursor=found.next_cursor,
        searched_to=found.searched_to,
        found_by=wanted.meaning.found_by if wanted.meaning else None,
    )


@router.get("/facets", responses=responses(404, 409))
async def read_facets(session: Session, _: Reader, query: Annotated[RunQuery, Query()]) -> RunFacets:
    """Count runs by status, kind, source, primitive and group of errors, each under all other filters."""
    return await facets(session, await selection_of(session, query))


@router.get(
    "/export",
    response_class=StreamingResponse,
    responses={
        **responses(404, 409, 429),
        200: {"content": {"text/csv": {}, "application/x-ndjson": {}}, "description": "One line per run, and the end."},
    },
)
async def export(
    session: Session, state: StateDep, _: Reader, slot: Slot, query: Annotated[RunExportQuery, Query()]
) -> StreamingResponse:
    """Export runs without their values, newest first, as CSV or NDJSON.

    The last line says `complete` with the number of runs, or why it is not complete and the `cursor` to go on with. A
    file without it was cut on the way.
    """
    now = datetime.now(UTC)
    wanted = await selection_of(session, query, until=now)
    if query.cursor is not None:
        read_cursor(query.cursor)
    slot.enter_context(state.exports.one_more("all"))
    lines = exported(state.sessions, wanted, query.format, query.cursor)
    name = f"runs-{now:%Y-%m-%dT%H-%M-%S}.{query.format.value}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StreamingResponse(lines, media_type=MEDIA_TYPES[query.format], headers=headers)


@router.get("/{run_id}", responses=responses(404))
async def read(run_id: uuid.UUID, session: Session, state: StateDep, _: Reader) -> RunDetail:
    """Read a run with its steps and child runs."""
    row = await runs.by_id(session, run_id)
    shown = await run_overview.without_values(session, row, state)
    return RunDetail(
        **dict(shown),
        **run_views.values(row),
        **dict(await run_overview.summary_of(session, row, shown, state)),
        origin=await run_views.origin(session, row),
        steps=await runs.steps_of(session, run_id),
        children=await run_views.views(session, await runs.children_of(session, run_id), state),
    )


@router.post("/{run_id}/cancel", status_code=status.HTTP_202_ACCEPTED, responses=responses(404, 409))
async def cancel(
    run_id: uuid.UUID, session: Session, state: StateDep, actor: Operator, why: ReasonRequest | None = None
) -> RunView:
    """Cancel a run and its descendants; a running one ends shortly afterwards."""
    # Its connection is for others meanwhile.
    await session.commit()
    await cancel_run(state, run_id, actor, why.reason if why else "")
    return await run_views.view(session, await runs.by_id(session, run_id), state)


@router.post("/cancel", responses=responses(404))
async def cancel_many(wanted: CancelRunsRequest, session: Session, state: StateDep, actor: Operator) -> CancelledRuns:
    """Cancel many open runs with everything below them: a preview names them, the second request cancels exactly these.

    Runs that have ended meanwhile, and those that were not reached in time, are told.
    """
    await session.commit()
    return await cancel_runs(state, wanted, actor)


@router.post("/{run_id}/rerun", status_code=status.HTTP_202_ACCEPTED, responses=responses(404, 409))
async def rerun(run_id: uuid.UUID, request: Request, session: Session, after: AfterCommitDep, actor: Operator) -> Fired:
    """Run again with the same input, even if its automation is paused."""
    row = await runs.by_id(session, run_id)
    target = await rerun_target(session, row, row.input)
    arrival = intake.arrival(Source.MANUAL, endpoint(EndpointKind.RUN, row.id), row.input, request.headers, actor)
    await _audit(session, actor.name, "run.rerun", row.id)
    return await firing.fire(session, after, arrival, [target], candidates=1)


@router.post("/{run_id}/signal", status_code=status.HTTP_202_ACCEPTED, responses=responses(404, 409))
async def signal(
    run_id: uuid.UUID, request: SignalRequest, session: Session, state: StateDep, actor: Operator
) -> RunView:
    """Send a signal to a running run."""
    row = await runs.by_id(session, run_id)
    # The worker may take seconds to answer; the connection is for others meanwhile.
    await session.commit()
    applied = await run_control.signal(state.temporal, state.settings, row, request, actor.name)
    why = applied.pop("reason", None) or applied.pop("comment", None)
    await _audit(session, actor.name, f"run.signal.{request.signal}", row.id, applied or None, reason=why)
    return await run_views.view(session, row, state)


async def _audit(
    session: Session,
    actor: str,
    action: str,
    run_id: uuid.UUID,
    after: dict[str, Any] | None = None,
    *,
    reason: str | None = None,
) -> None:
    await audit.record(
        session, actor=actor, action=action, subject_type="run", subject_id=run_id, after=after, reason=reason
    )
