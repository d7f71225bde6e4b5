"""Health, readiness, metrics and the list of endpoints."""

import asyncio
import math
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.resources import files
from typing import Literal

from fastapi import APIRouter, Response, status
from fastapi.responses import HTMLResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import Field
from sqlalchemy import text
from temporalio.service import RPCError

from api.deps import StateDep
from api.http import metrics
from api.http.bodies import JsonRoute
from api.lists.task_queues import CHECK_SECONDS, queue_states, reason_of, sweep_allowed_seconds
from api.state import State
from models.contracts.base import Contract
from models.errors import Unavailable
from models.store.backfills.queries import count_open
from models.store.budgets.queries import BudgetFigures, budget_figures
from models.store.deliveries.facets import dead_letters
from models.store.replays.queries import pending_deliveries
from models.store.runs.queue_depth import queue_depth
from models.store.sweep.passes import sweep_ages
from models.store.worker_slots import SlotSums, slot_sums
from runtime.database import transaction

router = APIRouter(tags=["system"], route_class=JsonRoute)

CONTENT_SECURITY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class Health(Contract):
    """Liveness of this process."""

    status: Literal["ok"] = "ok"


class Readiness(Contract):
    """The state of each dependency: `ok`, or what is wrong."""

    status: Literal["ok", "unavailable"]
    checks: dict[str, str]
    slots: dict[str, str] = Field(default_factory=dict)
    """Activity slots in use of each task queue, as `3 of 100`, when the workers last reported."""


@router.get("/healthz")
async def healthz() -> Health:
    """Check that the process is alive; checks no dependency."""
    return Health()


@router.get("/readyz", responses={503: {"model": Readiness, "description": "A dependency is unavailable"}})
async def readyz(state: StateDep, response: Response) -> Readiness:
    """Check the database, Temporal, that workers poll every task queue, and that the sweep keeps passing."""
    (database, slots), (temporal, workers), sweep = await asyncio.gather(
        _database(state), _temporal(state), _sweep(state)
    )
    checks = {"database": database, "temporal": temporal, "workers": workers, "sweep": sweep}
    ready = all(found == "ok" for found in checks.values())
    if not ready:
        response.status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    return Readiness(status="ok" if ready else "unavailable", checks=checks, slots=slots)


@router.get("/metrics", response_class=PlainTextResponse)
async def read_metrics(state: StateDep) -> Response:
    """Return metrics for Prometheus."""
    try:
        async with asyncio.timeout(CHECK_SECONDS), transaction(state.sessions) as session:
            depth = await queue_depth(session)
            ages = await sweep_ages(session)
            dead, pending = await dead_letters(session), await pending_deliveries(session)
            backfills = await count_open(session)
            _show_slots(await slot_sums(session, datetime.now(UTC)))
            _show_budgets(await budget_figures(session, datetime.now(UTC)))
        for open_status, count in depth.by_status.items():
            metrics.OPEN_RUNS.labels(open_status.value).set(count)
        metrics.OLDEST_QUEUED_SECONDS.set(depth.oldest_queued_seconds)
        metrics.PENDING_REPLAYS.set(pending)
        metrics.DEAD_LETTERS.clear()
        for reason, count in dead.items():
            metrics.DEAD_LETTERS.labels(reason).set(count)
        metrics.WAITING_RUNS.clear()
        for (kind, held_by), count in depth.held.items():
            metrics.WAITING_RUNS.labels(kind.value, held_by).set(count)
        metrics.OLDEST_WAITING_SECONDS.set(depth.oldest_held_seconds)
        metrics.BACKFILLS.clear()
        for (backfill_kind, backfill_status), count in backfills.items():
            metrics.BACKFILLS.labels(backfill_kind.value, backfill_status.value).set(count)
        metrics.SWEEP_AGE_SECONDS.set(min(ages.values(), default=math.inf))
        for part, age in ages.items():
            metrics.SWEEP_PART_AGE_SECONDS.labels(part).set(age)
    except (Unavailable, TimeoutError):
        # The counters of this process are still reported.
        metrics.OPEN_RUNS.clear()
        metrics.WAITING_RUNS.clear()
        metrics.BACKFILLS.clear()
        _show_budgets(())
        metrics.DEAD_LETTERS.clear()
    try:
        for queue in await queue_states(state):
            metrics.BACKLOG.labels(queue.name).set(queue.backlog)
            metrics.POLLERS.labels(queue.name).set(queue.pollers)
    except (Unavailable, RPCError, TimeoutError):
        metrics.BACKLOG.clear()
        metrics.POLLERS.clear()
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def _show_budgets(figures: Iterable[BudgetFigures]) -> None:
    metrics.BUDGET_USD.clear()
    metrics.BUDGET_REFUSED_RUNS.clear()
    for one in figures:
        for part, usd in (("limit", one.limit_usd), ("spent", one.spent_usd), ("reserved", one.reserved_usd)):
            metrics.BUDGET_USD.labels(one.scope.value, one.target, part).set(float(usd))
        metrics.BUDGET_REFUSED_RUNS.labels(one.scope.value, one.target).set(one.refused_runs)


def _show_slots(sums: SlotSums) -> None:
    metrics.SLOTS.clear()
    metrics.SLOTS_USED.clear()
    for queue, slots in sums.slots.items():
        metrics.SLOTS.labels(queue).set(slots)
        metrics.SLOTS_USED.labels(queue).set(sums.used[queue])


@router.get("/docs", response_class=HTMLResponse, include_in_schema=False)
async def docs() -> HTMLResponse:
    """List the endpoints from the OpenAPI document, without loading anything from other servers."""
    return HTMLResponse(_page("docs.html"), headers={"Content-Security-Policy": CONTENT_SECURITY})


def _page(name: str) -> str:
    return files("api.pages").joinpath(name).read_text(encoding="utf-8")


async def _database(state: State) -> tuple[str, dict[str, str]]:
    try:
        async with asyncio.timeout(CHECK_SECONDS), transaction(state.sessions) as session:
            await session.execute(text("SELECT 1 FROM runs LIMIT 1"))
            sums = await slot_sums(session, datetime.now(UTC))
    except Exception as error:
        return reason_of(error), {}
    return "ok", {queue: f"{sums.used[queue]} of {slots}" for queue, slots in sorted(sums.slots.items())}


async def _sweep(state: State) -> str:
    """Check the age of the sweep; without it, accepted runs may never start and missed due times are not recorded."""
    try:
        async with asyncio.timeout(CHECK_SECONDS), transaction(state.sessions) as session:
            ages = await sweep_ages(session)
    except Exception as error:
        return reason_of(error)
    age = min(ages.values(), default=None)
    if age is None:
        return "the sweep has not run yet"
    return "ok" if age <= sweep_allowed_seconds(state) else f"the sweep last passed {age:.0f} s ago"


async def _temporal(state: State) -> tuple[str, str]:
    try:
        queues = await queue_states(state)
    except (Unavailable, RPCError, TimeoutError) as error:
        return reason_of(error), "unknown"
    unserved = [queue.name for queue in queues if not queue.pollers]
    return "ok", f"no worker polls {', '.join(unserved)}" if unserved else "ok"
