"""Starts the probes of schedules that their health policy has disabled, and settles those that were left."""

import time
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import select
from temporalio import activity
from temporalio.client import Client

from activities.sweep.reconciliation import side_by_side
from models.states import WorkClass
from models.store.health import probes
from models.store.health.policy import end_probe
from models.store.runs.locks import lock_automation
from models.store.runs.to_start import run_to_start
from models.store.tables.runs import Run
from models.store.tables.stats import AutomationStats
from runtime.database import Sessions, transaction
from runtime.temporal.starting import start_run

log = structlog.get_logger(__name__)

PAGE = 500
SECONDS = 30.0
"""A pass looks at waiting probes no longer than this."""


async def start_probes(sessions: Sessions, client: Client, now: datetime) -> int:
    """Queue and start the probes of schedules that are due; return how many.

    A probe that Temporal does not take now stays queued, and the sweep starts it like any other run.
    """
    deadline = time.monotonic() + SECONDS
    started, after, page = 0, None, PAGE

    async def start(automation_id: UUID) -> bool:
        async with transaction(sessions) as session:
            queued = await probes.queue_probe(session, automation_id, now)
        if queued is None:
            return False
        await start_run(client, run_to_start(queued.run.id, queued.primitive, queued.automation, WorkClass.SCHEDULE))
        log.info("a probe has started", automation_id=str(automation_id), run_id=str(queued.run.id))
        return True

    while page == PAGE and time.monotonic() < deadline:
        activity.heartbeat()
        async with transaction(sessions) as session:
            rows = await probes.probed_schedules(session, now, PAGE, after)
        page, after = len(rows), rows[-1].id if rows else None
        due = [row.id for row in rows if (planned := probes.planned_probe(row, now)) and planned.at <= now]
        started += await side_by_side(due, start, what="start a probe")
    return started


async def settle_probes(sessions: Sessions, now: datetime) -> list[UUID]:
    """Settle probes whose run has closed without doing so; return the automations, whose schedules may need a sync."""
    async with transaction(sessions) as session:
        left = await probes.unsettled_probes(session, PAGE)

    async def settle(one: tuple[UUID, UUID]) -> bool:
        automation_id, run_id = one
        async with transaction(sessions) as session:
            # The run is closed, so nothing waits for its lock; the order of locks stays: automation, stats.
            row, run = await lock_automation(session, automation_id), await session.get(Run, run_id)
            stats = await session.scalar(
                select(AutomationStats).filter_by(automation_id=automation_id).with_for_update(key_share=True)
            )
            if row.health_probe_run_id == run_id and stats is not None:
                await end_probe(session, row, stats, run, now)
        return True

    await side_by_side(left, settle, what="settle a probe")
    return [automation_id for automation_id, _ in left]
