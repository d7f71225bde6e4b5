"""A run on the wire, with its address in Temporal's own page."""

from urllib.parse import quote

from api.state import State
from models.contracts.primitives import EntityView
from models.contracts.runs import AutomationRef, RunError, RunOrigin, RunPaused, RunStuck, RunView, Tokens
from models.rules.storable import shown
from models.states import Source
from models.store.tables.deliveries import Delivery
from models.store.tables.runs import Run


def view(row: Run, state: State) -> RunView:
    """Give a run as it is read; its cost is null while any part of it is unknown."""
    return RunView(
        id=row.id,
        kind=row.kind,
        status=row.status,
        reason=row.reason,
        paused=RunPaused.model_validate(row.paused) if row.paused else None,
        stuck=_stuck(row),
        primitive=EntityView(id=row.primitive.id, slug=row.primitive.slug, name=row.primitive.name),
        automation=_automation(row),
        parent_run_id=row.parent_run_id,
        root_run_id=row.root_run_id,
        rerun_of=row.rerun_of,
        delivery_id=row.delivery_id,
        due_at=row.due_at,
        queued_at=row.queued_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        duration_ms=row.duration_ms,
        cost_usd=None if row.unknown_costs else row.cost_usd,
        tokens=Tokens.model_validate(row.tokens) if row.tokens else None,
        model=row.model,
        simulated=row.simulated,
        input=shown(row.input),
        output=shown(row.output),
        error=_error(row),
        temporal_workflow_id=row.temporal_workflow_id,
        temporal_run_id=row.temporal_run_id,
        temporal_url=temporal_url(row, state),
    )


def origin(row: Run, delivery: Delivery | None) -> RunOrigin | None:
    """Say what made a run: its schedule, or what was delivered; None for a child, which its parent made."""
    if delivery is not None:
        return RunOrigin(
            source=delivery.source,
            endpoint=delivery.endpoint,
            sent_by=delivery.sent_by,
            replay_of=delivery.replay_of,
        )
    if row.parent_run_id is not None:
        return None
    return RunOrigin(source=Source.SCHEDULE, endpoint=None, sent_by=None, replay_of=None)


def temporal_url(row: Run, state: State) -> str | None:
    """Give where Temporal's own page shows a run; None for one that Temporal never heard of."""
    if row.temporal_workflow_id is None:
        return None
    place = f"{temporal_page(state)}/workflows/{quote(row.temporal_workflow_id, safe='')}"
    return f"{place}/{row.temporal_run_id}/history" if row.temporal_run_id else place


def temporal_page(state: State) -> str:
    """Give where Temporal's own page shows our namespace."""
    return f"{state.settings.temporal_ui_base_url}/namespaces/{quote(state.namespace, safe='')}"


def _automation(row: Run) -> AutomationRef | None:
    of = row.automation
    return AutomationRef(id=of.id, slug=of.slug, name=of.name) if of else None


def _stuck(row: Run) -> RunStuck | None:
    if not row.stuck:
        return None
    return RunStuck.model_validate({name: row.stuck[name] for name in RunStuck.model_fields})


def _error(row: Run) -> RunError | None:
    if row.error_type is None:
        return None
    return RunError(type=row.error_type, message=row.error_message or "")
