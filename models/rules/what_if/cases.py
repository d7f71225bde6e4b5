"""The automations of a what-if, each as it is and as it would be, and the worlds that are simulated of them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

import numpy as np

from models.contracts.automations.flow_control import FlowControl
from models.contracts.outlook.what_if import Assumptions, Figure
from models.rules.projection.counts import slot_counts
from models.rules.projection.portfolio import Portfolio, ProjectedAutomation
from models.rules.simulation.arrivals import deliveries, due_times, together
from models.rules.simulation.draws import Bits, Floats
from models.rules.simulation.lines import as_micros
from models.rules.simulation.world import (
    HOUR,
    SECOND,
    Arrivals,
    Follower,
    KeySource,
    OpenRun,
    SimulatedAutomation,
    SimulatedBudget,
    UsedRates,
    WaitingCall,
    WaitingRun,
    World,
)
from models.rules.what_if.samples import Works
from models.states import FireWhen, SkipReason, Source

NO_LIMIT = 1_000_000_000
_NO_KEYS = KeySource()


class Side(StrEnum):
    """Without the edits, or with them."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of runs, where they are from, and on how many inputs the expressions were evaluated."""

    source: KeySource = _NO_KEYS
    figure: Figure = Figure.NONE
    inputs: int = 0


@dataclass(frozen=True, slots=True)
class Deliveries:
    """How many deliveries are expected in each hour (None: a schedule), and what that is made of."""

    by_hour: Floats | None = None
    figure: Figure = Figure.NONE
    count: int = 0
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class RunCosts:
    """What runs cost.

    Attributes:
        known: Known costs, each equally likely.
        expected_usd: What a run is expected to cost while it is under way; None: unknown.
        mean_usd: The mean; None: unknown.
        runs: How many runs the mean is that of.
    """

    known: tuple[Decimal, ...] = ()
    expected_usd: Decimal | None = None
    mean_usd: Decimal | None = None
    figure: Figure = Figure.NONE
    runs: int = 0


@dataclass(frozen=True, slots=True)
class Setting:
    """An automation as it is set.

    Attributes:
        projected: It as the portfolio lists it.
        jitter_seconds: By how much a due time may start late.
        keys: The keys of its runs.
        works: What its runs do.
        costs: What they cost.
        primitive_runs: Whether its primitive is active.
    """

    projected: ProjectedAutomation
    control: FlowControl | None
    budget_usd: Decimal | None
    jitter_seconds: int
    keys: Keys
    works: Works
    costs: RunCosts
    primitive_runs: bool

    def is_limited(self, agents: Collection[UUID]) -> bool:
        """Return whether something may make its runs wait, given the agents that have a capacity."""
        limited = self.control is not None or self.budget_usd is not None or self.projected.primitive_id in agents
        return limited or any(work.calls for work in self.works.works)


@dataclass(frozen=True, slots=True)
class Case:
    """One automation that is simulated.

    Attributes:
        number: Its number in the simulation.
        row: Its index in the portfolio; None: it is new.
        seed: Its bits for draws.
        edited: Whether it is among the edits.
        before: None: it is new.
        success_rate: How many of its runs complete, from 0 to 1.
        spent_usd: What it has cost this calendar month.
    """

    number: int
    row: int | None
    seed: int
    edited: bool
    name: str
    before: Setting | None
    after: Setting
    assume: Assumptions
    deliveries: Deliveries
    success_rate: float
    spent_usd: Decimal

    def setting(self, side: Side) -> Setting | None:
        return self.before if side is Side.BEFORE else self.after


@dataclass(frozen=True, slots=True)
class AgentCase:
    """An agent that has a capacity on either side; None: no limit."""

    id: UUID
    slug: str
    name: str
    before: int | None
    after: int | None

    def capacity(self, side: Side) -> int | None:
        return self.before if side is Side.BEFORE else self.after


@dataclass(frozen=True, slots=True)
class FiringEdge:
    """A dependency that fires, between two cases by number."""

    parent: int
    child: int
    when: FireWhen


@dataclass(frozen=True, slots=True)
class Queues:
    """What is open and what waits now, by number of case and agent."""

    open_runs: tuple[OpenRun, ...] = ()
    waiting_runs: tuple[WaitingRun, ...] = ()
    waiting_calls: tuple[WaitingCall, ...] = ()
    used: Mapping[int, UsedRates] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Question:
    """Everything that the answer is computed from.

    Attributes:
        start: First second of the simulation, since 1970.
        end: The second after its last.
        slots: Start of each hour of the deliveries' rates.
        resets: Starts of the calendar months ahead, in seconds since 1970.
    """

    start: int
    end: int
    slots: tuple[int, ...]
    resets: tuple[int, ...]
    cases: tuple[Case, ...]
    agents: tuple[AgentCase, ...]
    edges: tuple[FiringEdge, ...]
    queues: Queues


def expected_by_hour(question: Question, side: Side, *, limited: bool) -> Floats:
    """Return how many arrivals are expected in each hour, without listing them: of all, or of what has limits."""
    rates, _ = _rates(question, side)
    edges = np.array([*question.slots, question.end], dtype=np.int64)
    edges[0] = question.start
    settings, listed = _scheduled(question, side)
    due = slot_counts(Portfolio(listed).plan, edges)
    if limited:
        agents = {agent.id for agent in question.agents}
        mine = {case.number for case in question.cases if (one := case.setting(side)) and one.is_limited(agents)}
        rates = rates[sorted(mine)]
        due = due[[number in mine for number, _ in settings]]
    expected: Floats = rates.sum(axis=0) * np.diff(edges) / (HOUR // SECOND) + due.sum(axis=0)
    return expected


def arrivals_of(question: Question, side: Side, end: int) -> Arrivals:
    """Return what arrives at the cases on one side up to `end` (seconds since 1970).

    It is the same on both sides but for what the edits change.
    """
    rates, seeds = _rates(question, side)
    settings, listed = _scheduled(question, side)
    numbers = np.array([number for number, _ in settings], dtype=np.int64)
    jitter = np.array([setting.jitter_seconds for _, setting in settings], dtype=np.int64)
    due = due_times(Portfolio(listed), question.start, end, seeds[numbers], jitter)
    due = Arrivals(due.at, numbers[due.automation] if due.at.size else due.automation, due.bits)
    slots = np.array(question.slots, dtype=np.int64)
    hours = slots < end
    came = deliveries(rates[:, hours], slots[hours], seeds)
    return together([due, came]).within(question.start * SECOND, end * SECOND)


def _rates(question: Question, side: Side) -> tuple[Floats, Bits]:
    """Return the deliveries expected at each case in each hour, and the cases' seeds."""
    rates = np.zeros((len(question.cases), len(question.slots)))
    for case in question.cases:
        if case.deliveries.by_hour is not None and case.setting(side) is not None:
            rates[case.number] = case.deliveries.by_hour
    return rates, np.array([case.seed for case in question.cases], dtype=np.uint64)


def _scheduled(question: Question, side: Side) -> tuple[list[tuple[int, Setting]], tuple[ProjectedAutomation, ...]]:
    """Return the schedules by the number of their case, and as a portfolio lists them."""
    found = [
        (case.number, setting)
        for case in question.cases
        if (setting := case.setting(side)) is not None and setting.projected.source is Source.SCHEDULE
    ]
    return found, tuple(setting.projected for _, setting in found)


def world_of(question: Question, side: Side, end: int) -> World:
    """Return the world of one side, up to `end` (seconds since 1970)."""
    agents = {agent.id: number for number, agent in enumerate(question.agents)}
    budgets = list[SimulatedBudget]()
    automations = []
    for case in question.cases:
        setting = case.setting(side)
        budget = None
        if setting is not None and setting.budget_usd is not None:
            budget = len(budgets)
            resets = tuple(reset * SECOND for reset in question.resets)
            budgets.append(SimulatedBudget(setting.budget_usd, case.spent_usd, resets))
        automations.append(_automation(question, case, setting, agents, budget))
    capacities = [agent.capacity(side) for agent in question.agents]
    queues = question.queues
    return World(
        start=question.start * SECOND,
        end=end * SECOND,
        automations=automations,
        origin=question.slots[0] * SECOND,
        capacities=[NO_LIMIT if one is None else one for one in capacities],
        budgets=budgets,
        open_runs=queues.open_runs,
        waiting_runs=[_waiting(one, question.cases[one.automation], side) for one in queues.waiting_runs],
        waiting_calls=queues.waiting_calls,
        used=queues.used,
    )


def _automation(
    question: Question, case: Case, setting: Setting | None, agents: Mapping[UUID, int], budget: int | None
) -> SimulatedAutomation:
    if setting is None:
        return SimulatedAutomation()
    one = setting.projected
    paused = not one.active
    snooze = as_micros(one.snoozed_until) if one.snoozed_until else 0
    return SimulatedAutomation(
        control=setting.control,
        works=setting.works.works,
        overlap=one.overlap if one.source is Source.SCHEDULE else None,
        active_from=None if paused else snooze,
        refused_as=SkipReason.PAUSED if setting.primitive_runs else SkipReason.PRIMITIVE_INACTIVE,
        agent=agents.get(one.primitive_id),
        keys=setting.keys.source,
        followers=tuple(_follower(edge) for edge in question.edges if edge.parent == case.number),
        success_rate=case.success_rate,
        budget=budget,
        costs=setting.costs.known,
        expected_usd=setting.costs.expected_usd,
        seed=case.seed,
    )


def _follower(edge: FiringEdge) -> Follower:
    return Follower(edge.child, edge.when is not FireWhen.FAILED, edge.when is not FireWhen.COMPLETED)


def _waiting(run: WaitingRun, case: Case, side: Side) -> WaitingRun:
    """Return a waiting run under the limits of a side, as saving them would leave it (`apply_new_limits`)."""
    control = case.after.control
    if side is Side.BEFORE or case.before is None or control == case.before.control:
        return run
    patience = control.max_wait_seconds if control else None
    windowed = control is not None and bool(control.debounce or control.batch)
    return replace(
        run,
        throttle_key=run.throttle_key if control is not None and control.throttle else "",
        not_before=run.not_before if windowed else None,
        start_by=run.arrived_at + patience * SECOND if patience else None,
        fold_key=run.fold_key if windowed else None,
    )
