"""Admits runs as time passes: the next token of a throttle, the end of a debounce or batch, the end of patience, the
beginning of a budget's month.

One activity at a time does it for all automations. It looks at the clock itself, because a timer of Temporal's takes at
least a second.
"""

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from temporalio import activity
from temporalio.client import Client

from models.errors import Unavailable
from models.store.admission import due
from models.store.admission.dropping import advance
from models.store.budgets import waiting
from models.store.runs.locks import lock_automation
from runtime.database import Sessions, transaction
from runtime.temporal.admissions import admitting, look_at_budgets

log = structlog.get_logger(__name__)

SECONDS = 60.0
"""An activity ends after this time and is followed by another, so that its history shows that it goes on."""
FAR_SECONDS = 20.0
"""For an instant farther away than that, the workflow waits on a timer."""
POLL_SECONDS = 0.1
"""How late an instant may be noticed that another process has set meanwhile."""
AT_ONCE = 8
AFTER_A_FAILURE = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class AdmissionActivities:
    """The activity and its dependencies."""

    sessions: Sessions
    client: Client

    @activity.defn(name="admit-due")
    async def admit_due(self) -> float | None:
        """Admit what becomes due within a minute.

        Returns:
            Seconds until something is due again; None if nothing waits for time.
        """
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline and not activity.is_worker_shutdown():
            activity.heartbeat()
            async with transaction(self.sessions) as session:
                ids, month_begins = await due.due_now(session, AT_ONCE), await waiting.looks_due(session)
            if ids or month_begins:
                if month_begins:
                    await self._look_at_budgets()
                await asyncio.gather(*(self._advance(automation_id) for automation_id in ids))
                continue
            async with transaction(self.sessions) as session:
                instants = [await due.next_instant(session), await waiting.next_look(session)]
            left = min((one for one in instants if one is not None), default=None)
            if left is None or left.total_seconds() > FAR_SECONDS:
                return None if left is None else left.total_seconds()
            await asyncio.sleep(min(max(left.total_seconds(), 0.001), POLL_SECONDS))
        return 0.0

    async def _look_at_budgets(self) -> None:
        await look_at_budgets(self.sessions, self.client)
        async with transaction(self.sessions) as session:
            await waiting.plan_looks(session, datetime.now(UTC))

    async def _advance(self, automation_id: UUID) -> None:
        try:
            async with admitting(self.sessions, self.client) as session:
                await advance(session, await lock_automation(session, automation_id))
        except Unavailable:
            raise
        except Exception:
            log.exception("an automation's runs cannot be admitted", automation_id=str(automation_id))
            async with transaction(self.sessions) as session:
                await due.postpone(session, automation_id, AFTER_A_FAILURE)
