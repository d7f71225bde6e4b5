"""Counts the activity slots in use, per task queue, where the work is done, and reports them."""

import asyncio
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import structlog
from sqlalchemy.exc import DBAPIError
from temporalio import activity
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from models.errors import DatabaseUnavailable
from models.store.worker_slots import report_slots
from runtime.database import Sessions, transaction

log = structlog.get_logger(__name__)

REPORT_SECONDS = 10.0
"""Between two reports of the slots in use, which `/metrics` and `/readyz` of the API show."""


class SlotCounter(Interceptor):
    """The slots of each task queue that this process serves, and how many hold an activity now."""

    def __init__(self, slots: Mapping[str, int]) -> None:
        self.slots = dict(slots)
        self.used = dict.fromkeys(slots, 0)

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        return _Counted(next, self)


class _Counted(ActivityInboundInterceptor):
    def __init__(self, next: ActivityInboundInterceptor, counter: SlotCounter) -> None:
        super().__init__(next)
        self._counter = counter

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        info = activity.info()
        # Local activities write rows and have slots of their own.
        if info.is_local or info.task_queue not in self._counter.used:
            return await super().execute_activity(input)
        self._counter.used[info.task_queue] += 1
        try:
            return await super().execute_activity(input)
        finally:
            self._counter.used[info.task_queue] -= 1


async def keep_reporting(sessions: Sessions, counter: SlotCounter) -> None:
    """Report the slots of this process until cancelled."""
    process_id = uuid.uuid4()
    while True:
        try:
            async with asyncio.timeout(REPORT_SECONDS), transaction(sessions) as session:
                await report_slots(session, process_id, counter.slots, counter.used, datetime.now(UTC))
        except (DatabaseUnavailable, DBAPIError, TimeoutError) as error:
            log.warning("slots in use are not reported", reason=str(error).partition("\n")[0])
        await asyncio.sleep(REPORT_SECONDS)
