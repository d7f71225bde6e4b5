"""Control: reads what the verdict on the whole system rests on, and tells it."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from temporalio.service import RPCError

from api.lists.task_queues import QueueState, queue_states, reason_of, sweep_allowed_seconds
from api.state import State
from models.contracts.anomalies import AnomalyView
from models.contracts.control import BudgetHealth, Control, ControlHour, ControlPeak, EngineHealth, TaskQueueHealth
from models.errors import Unavailable
from models.names import QUEUES, RUNNER_QUEUES
from models.rules.control.facts import Approval, Engine, Facts, Judged, Recent, SpentBudget, Unusual
from models.rules.control.needs import MOST, needs
from models.rules.control.sentence import reasons, sentence, verdict
from models.rules.listing.filters import Entry
from models.rules.number_format import money, plural
from models.states import AnomalyMetric, AutomationState, RunStatus, Severity, Window
from models.store.anomalies.queries import open_now
from models.store.control.figures import LastDay, approvals, budgets_at_limit, last_day, window_start
from models.store.deliveries.facets import dead_letters
from models.store.live_list.board import refresh_board
from models.store.outlook.density import density
from models.store.primitives.queries import any_live
from models.store.runs.queue_depth import QueueDepth, queue_depth
from models.store.sweep.passes import sweep_ages
from models.store.worker_slots import SlotSums, slot_sums
from runtime.database import transaction

HOURS_AHEAD = 24
NOT_JUDGED = frozenset({AutomationState.PAUSED, AutomationState.SNOOZED, AutomationState.AUTO_DISABLED})
"""What fires nothing fails no more: these have a place of their own."""


async def control(state: State, tz: ZoneInfo, now: datetime) -> Control:
    """Judge everything at this moment.

    Raises:
        DatabaseUnavailable: PostgreSQL is away; nothing can be said then.
    """
    (temporal, queues), found = await asyncio.gather(_temporal(state), _read(state, tz, now))
    depth, day = found.depth, found.day
    engine = Engine(
        temporal=temporal,
        unserved=tuple(one.name for one in queues if not one.pollers),
        queues=len(QUEUES),
        sweep_age=found.sweep_age,
        sweep_allowed=sweep_allowed_seconds(state),
        queued=max(depth.by_status[RunStatus.QUEUED] - sum(depth.held.values()), 0),
        oldest_queued_seconds=depth.oldest_queued_seconds,
        stuck=depth.by_status[RunStatus.STUCK],
    )
    facts = found.facts(engine, tz)
    told = reasons(facts, tz)
    listed, left_out = needs(facts)
    states = Counter(one.state for one in found.live)
    return Control(
        as_of=now,
        timezone=tz.key,
        since=window_start(now),
        verdict=verdict(told, facts),
        sentence=sentence(told, facts),
        reasons=told,
        needs_you=listed,
        needs_you_left_out=left_out,
        kinds=day.kinds,
        engine=_engine(engine, found, queues, now),
        cost_usd=day.cost_usd,
        unknown_costs=day.unknown_costs,
        budgets=found.budgets,
        load_ahead=found.peak,
        hours_ahead=found.hours_ahead,
        agent_slots=sum(found.slots.slots[queue] for queue in RUNNER_QUEUES.values()),
        automations=len(found.live),
        paused=states[AutomationState.PAUSED],
        snoozed=states[AutomationState.SNOOZED],
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """What PostgreSQL and the board have."""

    depth: QueueDepth
    slots: SlotSums
    day: LastDay
    sweep_age: float | None
    has_primitives: bool
    live: Sequence[Entry]
    approvals: tuple[Approval, ...]
    approvals_in_all: int
    unusual: Sequence[AnomalyView]
    budgets: tuple[BudgetHealth, ...]
    dead_letters: int
    peak: ControlPeak | None
    hours_ahead: tuple[ControlHour, ...]

    def facts(self, engine: Engine, tz: ZoneInfo) -> Facts:
        """Return what the rules judge."""
        by_state: dict[AutomationState, list[Judged]] = defaultdict(list)
        by_severity: dict[Severity, list[Judged]] = defaultdict(list)
        for one in self.live:
            judged = _judged(one)
            by_state[one.state].append(judged)
            if one.state not in NOT_JUDGED:
                by_severity[one.judged[Window.RECENT].severity].append(judged)
        completed, failed = (sum(getattr(one, name) for one in self.day.kinds) for name in ("completed", "failed"))
        return Facts(
            engine=engine,
            recent=Recent(
                runs=sum(one.runs for one in self.day.kinds),
                completed=completed,
                failed=failed,
                cost=money(self.day.cost_usd),
                unknown_costs=self.day.unknown_costs,
            ),
            has_primitives=self.has_primitives,
            automations=len(self.live),
            failing=_worst_first(by_severity[Severity.FAILING]),
            unstable=_worst_first(by_severity[Severity.UNSTABLE]),
            auto_disabled=_worst_first(by_state[AutomationState.AUTO_DISABLED]),
            overdue=_worst_first(by_state[AutomationState.OVERDUE]),
            drifted=_worst_first(by_state[AutomationState.DRIFTED]),
            unusual=tuple(
                Unusual(one.text, _runs_of(one), one.first_hour) for one in self.unusual if one.explained is None
            ),
            spent=tuple(SpentBudget(one.name, one.ends_at) for one in self.budgets if one.spent and one.stops),
            approvals=self.approvals,
            approvals_in_all=self.approvals_in_all,
            dead_letters=self.dead_letters,
            peak=_in_words(self.peak, tz) if self.peak else None,
        )


async def _read(state: State, tz: ZoneInfo, now: datetime) -> _Found:
    async with transaction(state.sessions) as session:
        await refresh_board(session, state.board, now)
        live = [one for one in state.board.entries.values() if not one.is_archived]
        ahead = await density(session, state.portfolios, None, hours=HOURS_AHEAD, tz=tz, now=now)
        peak = ahead.peak
        waiting, in_all = await approvals(session, MOST)
        return _Found(
            depth=await queue_depth(session),
            slots=await slot_sums(session, now),
            day=await last_day(session, now),
            sweep_age=min((await sweep_ages(session)).values(), default=None),
            has_primitives=await any_live(session),
            live=live,
            approvals=waiting,
            approvals_in_all=in_all,
            unusual=await open_now(session, tz),
            budgets=await budgets_at_limit(session, now),
            dead_letters=sum((await dead_letters(session)).values()),
            peak=ControlPeak(start=peak.start, starts=peak.starts) if peak and peak.starts else None,
            hours_ahead=tuple(
                ControlHour(start=one.start, starts=one.starts, peak_concurrency=one.peak_concurrency)
                for one in ahead.slots
            ),
        )


async def _temporal(state: State) -> tuple[str | None, list[QueueState]]:
    try:
        return None, await queue_states(state)
    except (Unavailable, RPCError, TimeoutError) as error:
        return f"does not answer ({reason_of(error)})", []


def _engine(engine: Engine, found: _Found, queues: Iterable[QueueState], now: datetime) -> EngineHealth:
    depth, slots = found.depth, found.slots
    return EngineHealth(
        temporal=engine.temporal or "ok",
        queues=tuple(
            TaskQueueHealth(
                name=one.name,
                pollers=one.pollers,
                backlog=one.backlog,
                slots=slots.slots[one.name],
                slots_used=slots.used[one.name],
            )
            for one in queues
        ),
        queued_runs=engine.queued,
        oldest_queued_at=_ago(depth.oldest_queued_seconds, now),
        held_runs=sum(depth.held.values()),
        oldest_held_at=_ago(depth.oldest_held_seconds, now),
        running_runs=depth.by_status[RunStatus.RUNNING],
        waiting_runs=depth.by_status[RunStatus.WAITING],
        stuck_runs=engine.stuck,
        swept_at=_ago(engine.sweep_age, now),
    )


def _in_words(peak: ControlPeak, tz: ZoneInfo) -> str:
    return f"{peak.start.astimezone(tz):%H:%M} with {plural(peak.starts, 'start')}"


def _runs_of(one: AnomalyView) -> str:
    """Return the address of the runs that an anomaly is about."""
    begin = one.last_hour - timedelta(hours=one.hours - 1)
    end = one.last_hour + timedelta(hours=1)
    of = f"primitive={one.primitive.slug}" if one.primitive else "children=true"
    failed = "&status=failed" if one.metric is AnomalyMetric.FAILURES else ""
    return f"/runs?kind={one.kind.value}&{of}{failed}&from={begin:%Y-%m-%dT%H:%M:%SZ}&to={end:%Y-%m-%dT%H:%M:%SZ}"


def _ago(seconds: float | None, now: datetime) -> datetime | None:
    """Return the whole second of so long ago; None for nothing."""
    return (now - timedelta(seconds=seconds)).replace(microsecond=0) if seconds else None


def _judged(one: Entry) -> Judged:
    recent = one.judged[Window.RECENT]
    return Judged(one.slug, one.name, recent.completed, recent.failed)


def _worst_first(some: Iterable[Judged]) -> tuple[Judged, ...]:
    return tuple(sorted(some, key=lambda one: (one.rate, -one.failed, one.name)))
