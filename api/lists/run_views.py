"""Runs as the API returns them, with links to the Temporal UI."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from sqlalchemy.ext.asyncio import AsyncSession

from api.state import State
from models.contracts.primitives.views import EntityView
from models.contracts.runs.listing import RunListed
from models.contracts.runs.views import (
    AutomationRef,
    RunError,
    RunHeld,
    RunOrigin,
    RunPaused,
    RunRow,
    RunStuck,
    RunView,
    StuckBelow,
    Tokens,
)
from models.rules.json.storable import shown
from models.states import BackfillKind, HeldBy, RunStatus, Source
from models.store.admission.holders import holders
from models.store.automations.dependencies import ref
from models.store.budgets.names import waits_for
from models.store.deliveries import queries as deliveries
from models.store.runs.listing.fetching import previews
from models.store.runs.stuck_below import stuck_below
from models.store.tables.backfills import Backfill
from models.store.tables.runs import Run


async def views(session: AsyncSession, rows: Sequence[Run], state: State) -> tuple[RunView, ...]:
    shown_rows = await without_values(session, rows, state)
    return tuple(RunView(**dict(one), **values(row)) for one, row in zip(shown_rows, rows, strict=True))


async def listed(session: AsyncSession, rows: Sequence[Run], state: State) -> tuple[RunListed, ...]:
    """Return the rows of a list, loaded without their values."""
    outputs = await previews(session, rows)
    return tuple(
        RunListed(**dict(one), preview=outputs.get(one.id)) for one in await without_values(session, rows, state)
    )


async def without_values(session: AsyncSession, rows: Sequence[Run], state: State) -> list[RunRow]:
    """Return runs, which may be loaded without their values."""
    below, held = await stuck_below(session, rows), await holders(session, rows)
    waits = await waits_for(session, rows)
    return [_row(row, state, below.get(row.id), held.get(row.id), waits.get(row.id)) for row in rows]


async def view(session: AsyncSession, row: Run, state: State) -> RunView:
    return (await views(session, [row], state))[0]


def _row(row: Run, state: State, below: StuckBelow | None, held_by: HeldBy | None, waits: str | None) -> RunRow:
    """`costUsd` is null as long as any part of the cost is unknown."""
    return RunRow(
        id=row.id,
        kind=row.kind,
        status=row.status,
        reason=row.reason,
        paused=RunPaused(**row.paused, by_is_claimed=not row.pause_is_verified) if row.paused else None,
        held=_held(row, held_by, waits),
        folded_into=row.folded_into,
        stuck=_stuck(row),
        stuck_below=below,
        primitive=EntityView(id=row.primitive.id, slug=row.primitive.slug, name=row.primitive.name),
        automation=_automation(row),
        parent_run_id=row.parent_run_id,
        root_run_id=row.root_run_id,
        rerun_of=row.rerun_of,
        backfill_id=row.backfill_id,
        probe=row.probe,
        delivery_id=row.delivery_id,
        due_at=row.due_at or row.nominal_at,
        occurrences=row.occurrences,
        queued_at=row.queued_at,
        admitted_at=row.admitted_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        duration_ms=row.duration_ms,
        cost_usd=None if row.unknown_costs else row.cost_usd,
        tokens=Tokens.model_validate(row.tokens) if row.tokens else None,
        model=row.model,
        simulated=row.simulated,
        source=row.source,
        wait_ms=row.wait_ms,
        interventions=row.interventions,
        forced=row.forced,
        rescued=row.rescued,
        error_key=row.error_key,
        note=row.note,
        error=_error(row),
        temporal_workflow_id=row.temporal_workflow_id,
        temporal_run_id=row.temporal_run_id,
        temporal_url=temporal_url(row, state),
    )


def values(row: Run) -> dict[str, Any]:
    return {"input": shown(row.input), "output": shown(row.output)}


async def origin(session: AsyncSession, row: Run) -> RunOrigin | None:
    """Return the origin of a run: its schedule, a delivery or a backfill; None for a child run."""
    if row.backfill_id is not None:
        backfill = await session.get_one(Backfill, row.backfill_id)
        by_hand = backfill.kind is not BackfillKind.CATCH_UP
        return RunOrigin(
            source=Source.MANUAL if by_hand else Source.SCHEDULE,
            endpoint=None,
            sent_by=backfill.created_by if by_hand else None,
            replay_of=None,
            backfill=backfill.kind,
        )
    if row.delivery_id is not None:
        delivery = await deliveries.by_id(session, row.delivery_id)
        return RunOrigin(
            source=delivery.source,
            endpoint=delivery.endpoint,
            sent_by=delivery.sent_by,
            replay_of=delivery.replay_of,
            caused_by=delivery.caused_by,
            chain_depth=row.chain_depth,
        )
    if row.parent_run_id is not None:
        return None
    return RunOrigin(source=Source.SCHEDULE, endpoint=None, sent_by=None, replay_of=None)


def temporal_url(row: Run, state: State) -> str | None:
    """None for a run that was never started in Temporal."""
    waits = row.held_by is not None or row.status is RunStatus.SKIPPED
    if row.temporal_workflow_id is None or (waits and row.due_at is None and row.temporal_run_id is None):
        return None
    url = f"{temporal_page(state)}/workflows/{quote(row.temporal_workflow_id, safe='')}"
    return f"{url}/{row.temporal_run_id}/history" if row.temporal_run_id else url


def temporal_page(state: State) -> str:
    return f"{state.settings.temporal_ui_base_url}/namespaces/{quote(state.namespace, safe='')}"


def _automation(row: Run) -> AutomationRef | None:
    return ref(row.automation) if row.automation else None


def _stuck(row: Run) -> RunStuck | None:
    if not row.stuck:
        return None
    return RunStuck.model_validate({name: row.stuck.get(name) for name in RunStuck.model_fields})


def _held(row: Run, by: HeldBy | None, waits: str | None) -> RunHeld | None:
    since = row.agent_held_at or row.budget_held_at or row.queued_at
    return RunHeld(by=by, since=since, detail=waits) if by else None


def _error(row: Run) -> RunError | None:
    if row.error_type is None:
        return None
    return RunError(type=row.error_type, message=row.error_message or "")
