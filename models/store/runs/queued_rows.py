"""Columns of runs that are inserted as queued; whoever inserts them decides what happens on a conflict."""

from datetime import datetime
from typing import Any

from models.states import RunSource, RunStatus
from models.store.ids import fresh_id
from models.store.tables.primitives import Primitive


def queued_run(primitive: Primitive, queued_at: datetime, source: RunSource, **columns: Any) -> dict[str, Any]:
    """Return the columns of a queued run of a primitive: a new root run unless `columns` names ids."""
    run_id = fresh_id()
    return {
        "id": run_id,
        "root_run_id": run_id,
        "kind": primitive.kind,
        "primitive_id": primitive.id,
        "simulated": primitive.simulated,
        "source": source,
        "status": RunStatus.QUEUED,
        "queued_at": queued_at,
        **columns,
    }
