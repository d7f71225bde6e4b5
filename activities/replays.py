"""Carries out replays of many deliveries, one delivery after another, each at its replay's rate.

Each delivery is replayed in a transaction of its own, which also marks it as done: however often this is repeated, or
done by two workers at once, it is replayed once.
"""

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity
from temporalio.client import Client

from models.errors import PodiumError, Unavailable
from models.states import DeliveryOutcome, ReplayResult, RunStatus
from models.store.admission.to_tell import admissions
from models.store.deliveries.new_deliveries import NewDelivery, store_deliveries
from models.store.replays import changes, turns
from models.store.replays.turns import Turn
from models.store.runs.to_start import run_to_start
from models.store.tables.deliveries import Delivery
from models.store.tables.replays import Replay, ReplayItem
from runtime.database import Sessions, transaction
from runtime.firing.replay import ReplaySender, replayed
from runtime.temporal.admissions import admitting

log = structlog.get_logger(__name__)

SECONDS = 60.0
"""An activity ends after this time and is followed by another, so that its history shows that it goes on."""
FAR_SECONDS = 20.0
"""For a turn farther away than that, the workflow waits on a timer."""
POLL_SECONDS = 0.2
"""How late a replay may be noticed that was started or resumed meanwhile."""
GONE = "the delivery was deleted for its age"
UNEXPECTED = "an unexpected error, which is in the worker's log"


@dataclass(frozen=True, slots=True)
class ReplayActivities:
    """The activity and its dependencies."""

    sessions: Sessions
    client: Client

    @activity.defn(name="replay-due")
    async def replay_due(self) -> float | None:
        """Replay what has its turn within a minute.

        Returns:
            Seconds until the next turn; None if no replay is running.
        """
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline and not activity.is_worker_shutdown():
            activity.heartbeat()
            async with transaction(self.sessions) as session:
                turn = await turns.take_turn(session)
            if turn is not None:
                await self._carry_out(turn)
                continue
            async with transaction(self.sessions) as session:
                left = await turns.seconds_to_next(session)
            if left is None or left > FAR_SECONDS:
                return left
            await asyncio.sleep(min(max(left, 0.001), POLL_SECONDS))
        return 0.0

    async def _carry_out(self, turn: Turn) -> None:
        if turn.position is None:
            async with transaction(self.sessions) as session:
                await changes.settle(session, turn.replay_id, datetime.now(UTC))
            return
        try:
            async with admitting(self.sessions, self.client) as session:
                await _replay(session, turn)
        except Unavailable:
            raise
        except Exception:
            log.exception("a delivery cannot be replayed", replay_id=str(turn.replay_id), position=turn.position)
            async with transaction(self.sessions) as session:
                if found := await turns.lock_item(session, turn):
                    await _fail(session, *found, UNEXPECTED)


async def _replay(session: AsyncSession, turn: Turn) -> None:
    found = await turns.lock_item(session, turn)
    if found is None:
        return
    replay, item = found
    delivery = await session.get(Delivery, item.delivery_id)
    if delivery is None:
        await _fail(session, replay, item, GONE)
        return
    # Two replays of the same delivery are two; within one it has this key, whatever happens.
    key = f"replay:{replay.id}:{delivery.id}"
    sender = ReplaySender(replay.created_by, replay.sender_id, key, replay.only_automation_id, replay.id)
    try:
        new = await replayed(session, delivery, sender)
    except Unavailable:
        raise
    except PodiumError as refused:
        await _fail(session, replay, item, refused.detail)
        return
    await _store(session, item, new)


async def _store(session: AsyncSession, item: ReplayItem, new: NewDelivery) -> None:
    (fired,) = await store_deliveries(session, [new])
    turns.mark(item, DeliveryOutcome(new.outcome), datetime.now(UTC), replayed_as=fired.delivery_id)
    for run, target in zip(fired.runs, new.targets, strict=True):
        # Flow control has noted itself which runs start.
        if run.status is RunStatus.QUEUED and target.keys is None:
            admissions(session).to_start.append(run_to_start(run.run_id, target.primitive, target.automation))


async def _fail(session: AsyncSession, replay: Replay, item: ReplayItem, reason: str) -> None:
    turns.mark(item, ReplayResult.FAILED, datetime.now(UTC), reason=reason)
    if await turns.only_fails(session, item):
        locked = await changes.lock_replay(session, replay.id)
        why = f"{turns.FAILURES_IN_A_ROW} deliveries in a row could not be replayed ({reason})"
        await changes.pause(session, locked, changes.ACTOR, why, datetime.now(UTC))
