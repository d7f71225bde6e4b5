"""The automations of a what-if, each as it is and as it would be, and the worlds that are simulated of them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from models.contracts.automations.flow_control import FlowControl
from models.contracts.outlook.what_if import Assumptions, Figure
from models.rules.projection.portfolio import ProjectedAutomation
from models.rules.simulation.draws import Floats
from models.rules.simulation.lines import as_micros
from models.rules.simulation.world import (
    SECOND,
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
        return limited or bool(self.works.works)


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
        durations=setting.works.durations,
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
