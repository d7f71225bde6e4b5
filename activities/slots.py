"""Counts the activity slots in use, per task queue, where the work is done."""

from collections.abc import Mapping
from typing import Any

from temporalio import activity
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor


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
