"""Previews and starts replays. Both make the same plan; the token says whether it still is the same."""

from collections import Counter
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from api.http.auth import Actor
from api.state import State
from models.contracts.runs.replays import EndpointCount, ReplayPlan, ReplayRequest, ReplayView
from models.errors import Conflict, PlanOutdated
from models.rules.previews import frozen, frozen_at, token_of
from models.states import ReplayStatus
from models.store.automations import queries as automations
from models.store.ids import fresh_id
from models.store.replays import queries as replays
from models.store.replays.changes import record
from models.store.replays.planning import Planned, plan
from models.store.replays.starting import begin_start, store_replay
from models.store.tables.replays import Replay
from runtime.database import transaction
from runtime.temporal.starting import start_replays_patiently

ENDPOINTS_SHOWN = 20


async def replay_many(session: AsyncSession, state: State, wanted: ReplayRequest, actor: Actor) -> ReplayPlan:
    """Preview a replay of the deliveries that a filter selects, or start it.

    Raises:
        NotFound: there is no such automation.
        Invalid: too many deliveries match, the search is too wide, or the token is none.
        Conflict: nothing would be replayed.
        PlanOutdated: what would be replayed has changed since the preview.
    """
    now = datetime.now(UTC)
    if wanted.token is None:
        at = frozen(now)
        planned = await plan(session, wanted.filter, at, again=wanted.again)
        only = await _only(session, wanted)
        return _shown(planned, _token(wanted, only, planned, at), wanted.rate_per_minute)
    at = frozen_at(wanted.token, now)
    async with transaction(state.sessions) as starting:
        if (replay := await begin_start(starting, wanted.token)) is None:
            planned = await plan(starting, wanted.filter, at, again=wanted.again)
            replay = await _start(starting, wanted, planned, at, actor, now)
        replay_id = replay.id
    await start_replays_patiently(state.temporal)
    return _started(wanted.token, await replays.by_id(session, replay_id, now))


async def _start(
    session: AsyncSession, wanted: ReplayRequest, planned: Planned, at: datetime, actor: Actor, now: datetime
) -> Replay:
    only = await _only(session, wanted)
    token = _token(wanted, only, planned, at)
    if token != wanted.token:
        raise PlanOutdated("what it would replay has changed since the preview was made", hint="Make a new preview.")
    if not planned.chosen:
        raise Conflict("nothing would be replayed", hint="See leftOut of the preview for the reasons.")
    replay = Replay(
        id=fresh_id(),
        status=ReplayStatus.RUNNING,
        token=token,
        selection=wanted.filter.model_dump(mode="json", by_alias=True, exclude_defaults=True),
        only_automation_id=only,
        again=wanted.again,
        rate_per_minute=wanted.rate_per_minute,
        next_at=now,
        total=len(planned.chosen),
        created_at=now,
        created_by=actor.name,
        sender_id=actor.key_id,
        reason=wanted.reason or None,
    )
    await store_replay(session, replay, planned.chosen)
    facts = {"ratePerMinute": replay.rate_per_minute, "filter": replay.selection}
    await record(session, replay, "started", actor.name, after=facts, reason=replay.reason)
    return replay


async def _only(session: AsyncSession, wanted: ReplayRequest) -> UUID | None:
    return (await automations.by_name(session, wanted.only)).id if wanted.only else None


def _token(wanted: ReplayRequest, only: UUID | None, planned: Planned, at: datetime) -> str:
    subject = f"{wanted.filter.model_dump_json()} {only} {wanted.again}"
    return token_of(at, subject, (one.id for one in planned.chosen))


def _shown(planned: Planned, token: str, rate_per_minute: int) -> ReplayPlan:
    chosen = planned.chosen
    endpoints = Counter(one.endpoint for one in chosen).most_common(ENDPOINTS_SHOWN)
    return ReplayPlan(
        token=token,
        count=len(chosen),
        left_out=dict(planned.left_out),
        completed=sum(one.completed for one in chosen),
        endpoints=tuple(EndpointCount(endpoint=endpoint, count=count) for endpoint, count in endpoints),
        first=chosen[0].received_at if chosen else None,
        last=chosen[-1].received_at if chosen else None,
        seconds=_seconds(len(chosen), rate_per_minute),
        replay=None,
    )


def _started(token: str, view: ReplayView) -> ReplayPlan:
    return ReplayPlan(
        token=token,
        count=view.total,
        left_out={},
        completed=0,
        endpoints=(),
        first=None,
        last=None,
        seconds=_seconds(view.total, view.rate_per_minute),
        replay=view,
    )


def _seconds(count: int, rate_per_minute: int) -> float:
    return max(0, count - 1) * 60 / rate_per_minute
