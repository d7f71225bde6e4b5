"""A run with all that is to say about it: its sentence, the details of its kind, signals and links."""

from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from api.lists import run_views
from api.state import State
from models.contracts.runs.overview import RunOverview, RunSummary, TemporalHistory
from models.contracts.runs.parts import CostView
from models.contracts.runs.views import RunRow
from models.rules.runs.sentence import sentence, tells_error
from models.rules.runs.signals import signals_now
from models.rules.runs.spans import lengths
from models.rules.runs.trace_link import trace_link
from models.store.admission.entering import place_of
from models.store.runs import overview
from models.store.runs.details.by_kind import details_of
from models.store.runs.tree import root_node
from models.store.tables.runs import Run

MILLISECOND = timedelta(milliseconds=1)
TRACE_ROOM = timedelta(minutes=1)


async def overview_of(session: AsyncSession, row: Run, state: State) -> RunOverview:
    """Return the overview of a run; `row` may be loaded without its values."""
    shown = await without_values(session, row, state)
    summary = await summary_of(session, row, shown, state)
    return RunOverview(
        **dict(shown),
        **dict(summary),
        origin=await run_views.origin(session, row),
    )


async def summary_of(session: AsyncSession, row: Run, shown: RunRow, state: State) -> RunSummary:
    now = datetime.now(UTC)
    details = await details_of(session, row)
    below = await overview.child_totals(session, row)
    by = await overview.cancelled_by(session, row)
    same = await overview.same_error(session, row)
    root = await root_node(session, row, now)
    waited, worked = lengths(root.spans, now)
    return RunSummary(
        sentence=sentence(shown, details, now, same_error=same, cancelled_by=by),
        tells_error=tells_error(shown, details),
        details=details,
        signals=signals_now(shown, details),
        waited_ms=waited // MILLISECOND if row.started_at else None,
        worked_ms=worked // MILLISECOND if row.started_at else None,
        cost=CostView(known_usd=row.cost_usd, unknown=row.unknown_costs, calls=row.agent_runs),
        late_cost_usd=below.late_usd,
        child_runs=below.runs,
        history=history_of(row, state, now),
        trace_url=trace_url_of(row, state, now),
        now=now,
    )


async def without_values(session: AsyncSession, row: Run, state: State) -> RunRow:
    """Return a run without its values; one that waits has its place in the queue."""
    (shown,) = await run_views.without_values(session, [row], state)
    if shown.held and (place := await place_of(session, row.id)):
        return shown.model_copy(update={"held": shown.held.model_copy(update={"position": place.position})})
    return shown


def history_of(row: Run, state: State, now: datetime) -> TemporalHistory:
    """Link a run's history in Temporal for as long as that keeps it."""
    url = run_views.temporal_url(row, state)
    retention = state.retention.known()
    if url is None or row.finished_at is None or retention is None:
        return TemporalHistory(url=url, kept_until=None, is_gone=False)
    kept_until = row.finished_at + retention
    is_gone = kept_until <= now
    return TemporalHistory(url=None if is_gone else url, kept_until=kept_until, is_gone=is_gone)


def trace_url_of(row: Run, state: State, now: datetime) -> str | None:
    """Link a run in the administrator's trace viewer; its times have a little room, as clocks of machines differ."""
    template = state.settings.trace_url
    if template is None or row.started_at is None:
        return None
    began, ended = row.started_at - TRACE_ROOM, (row.finished_at or now) + TRACE_ROOM
    return trace_link(
        template,
        {
            "run_id": str(row.id),
            "root_run_id": str(row.root_run_id),
            "workflow_id": row.temporal_workflow_id,
            "temporal_run_id": row.temporal_run_id,
            "trace_id": row.trace_id.hex if row.trace_id else None,
            "from_ms": str(int(began.timestamp() * 1000)),
            "to_ms": str(int(ended.timestamp() * 1000)),
        },
    )
