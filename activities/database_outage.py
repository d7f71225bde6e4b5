"""Waits while PostgreSQL is down; an answer that cannot be stored yet is kept in the activity's heartbeats."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from types import TracebackType
from typing import Self, TypeVar

import structlog
from pydantic import JsonValue
from temporalio import activity

from activities.runners.base import Spending
from models.contracts.base import Exact, Stored
from models.contracts.runs.views import Tokens
from models.errors import DatabaseUnavailable
from models.store.runs.agent_results import NewAnswer
from models.store.runs.costs import Cost

log = structlog.get_logger(__name__)
Found = TypeVar("Found")

_HEARTBEAT_SECONDS = 1.0
_FIRST_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 5.0


class KeptAnswer(Stored):
    """An agent's answer that is not stored yet, as it stands in heartbeats."""

    output: JsonValue = None
    known_usd: Exact | None = None
    unknown_costs: int = 0
    tokens: Tokens | None = None
    model: str | None = None
    simulated: bool = False
    note: str | None = None
    """What reading it changed, such as digits of a number; None: nothing."""

    @classmethod
    def of(cls, output: JsonValue, spending: Spending, simulated: bool, note: str | None) -> Self:
        return cls(
            output=output,
            known_usd=spending.cost_usd,
            unknown_costs=spending.unknown_costs,
            tokens=spending.tokens,
            model=spending.model,
            simulated=simulated,
            note=note,
        )

    def stored(self) -> NewAnswer:
        cost = Cost(self.known_usd, self.unknown_costs, self.tokens, self.model)
        return NewAnswer(self.output, cost, self.simulated, self.note)


def kept_answer() -> KeptAnswer | None:
    """Return the answer that an attempt whose worker was lost has left in its heartbeats."""
    details = activity.info().heartbeat_details
    return KeptAnswer.model_validate(details[0]) if details else None


async def patiently(work: Callable[[], Awaitable[Found]], *, meanwhile: Callable[[], None] = lambda: None) -> Found:
    """Repeat a transaction until PostgreSQL is there, or the activity is cancelled."""
    pause_seconds = _FIRST_PAUSE_SECONDS
    while True:
        try:
            return await work()
        except DatabaseUnavailable:
            meanwhile()
            log.warning("waiting for the database", retry_in_seconds=pause_seconds)
        await asyncio.sleep(pause_seconds)
        pause_seconds = min(pause_seconds * 2, _LONGEST_PAUSE_SECONDS)


class Heartbeats:
    """Sends heartbeats while the block lasts; a lost worker is noticed by their absence."""

    def __init__(self) -> None:
        self._kept: KeptAnswer | None = None
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._send())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    def keep(self, answer: KeptAnswer) -> None:
        """Include the answer in every later heartbeat."""
        self._kept = answer
        self._beat()

    def _beat(self) -> None:
        activity.heartbeat(*([self._kept.wire()] if self._kept else []))

    async def _send(self) -> None:
        limit = activity.info().heartbeat_timeout
        pause_seconds = min(_HEARTBEAT_SECONDS, limit.total_seconds() / 3) if limit else _HEARTBEAT_SECONDS
        while True:
            # Most calls end before their first heartbeat.
            await asyncio.sleep(pause_seconds)
            self._beat()
