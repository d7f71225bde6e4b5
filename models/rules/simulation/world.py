"""What a simulation of the queues starts from. Instants are microseconds since 1970, automations and agents numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from models.contracts.automations.drafts import Overlap
from models.contracts.automations.flow_control import FlowControl
from models.rules.admission.keys import AdmissionKeys
from models.rules.arrays import Instants
from models.rules.simulation.draws import Bits
from models.states import SkipReason

SECOND = 1_000_000
HOUR = 3_600 * SECOND


@dataclass(frozen=True, slots=True)
class Call:
    """A call of an agent with a capacity inside a run.

    Attributes:
        agent: The agent.
        gap: How long after the end of what it follows it begins.
        lasts: How long it takes once it has its place.
    """

    agent: int
    gap: int
    lasts: int


@dataclass(frozen=True, slots=True)
class Work:
    """What a run does that calls agents with a capacity.

    Attributes:
        lasts: How long it takes when nothing waits.
        calls: The calls in it that may have to wait.
        followers: The calls, by index, that follow the run's start, then those that follow the end of each call.
        last: Index of the call that ends last when nothing waits.
        rest: How long the run goes on after that.
    """

    lasts: int
    calls: tuple[Call, ...]
    followers: tuple[tuple[int, ...], ...]
    last: int
    rest: int


@dataclass(frozen=True, slots=True)
class KeySource:
    """Where the keys of an automation's runs come from: a row of measured ones, repeated in their order.

    A value that was seen once is taken to be another one in each repetition; one that was seen more often comes back.
    """

    sample: tuple[AdmissionKeys, ...] = (AdmissionKeys(),)
    recurring: frozenset[tuple[str, str]] = frozenset()
    """The parts and values that come back."""
    varies: bool = False
    """Whether the runs have different keys."""


@dataclass(frozen=True, slots=True)
class Follower:
    """An automation that the end of a run fires: after a success, a failure, or both."""

    automation: int
    on_success: bool
    on_failure: bool


@dataclass(frozen=True, slots=True)
class SimulatedAutomation:
    """One automation.

    Attributes:
        control: Its flow control.
        durations: How long its runs take: as measured, each equally likely.
        works: What its runs do, where they call agents with a capacity; then this takes the place of `durations`.
        overlap: What a due time does while a run is open; None for a trigger.
        active_from: When its runs start to be carried out; None: not at all, because it is paused.
        refused_as: As what they are skipped until then.
        agent: The agent with a capacity that its runs are runs of.
        keys: The keys of its runs.
        followers: What its runs fire.
        success_rate: How many of its runs complete, from 0 to 1.
        budget: Index of its budget.
        costs: What its runs cost: as measured, each equally likely. Empty: unknown.
        expected_usd: What a run under way is expected to cost; None: unknown, then one run at a time may start.
        seed: Its own bits, for draws.
    """

    control: FlowControl | None = None
    durations: tuple[int, ...] = (0,)
    works: tuple[Work, ...] = ()
    overlap: Overlap | None = None
    active_from: int | None = 0
    refused_as: SkipReason = SkipReason.PAUSED
    agent: int | None = None
    keys: KeySource = KeySource()
    followers: tuple[Follower, ...] = ()
    success_rate: float = 1.0
    budget: int | None = None
    costs: tuple[Decimal, ...] = ()
    expected_usd: Decimal | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True)
class SimulatedBudget:
    """A limit per calendar month, what is spent at the start, and when the next months begin."""

    limit_usd: Decimal
    spent_usd: Decimal
    resets: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenRun:
    """A run that is open at the start. Without an automation it is a call inside of a run that is not simulated."""

    automation: int | None
    ends_at: int
    key: str = ""
    agent: int | None = None
    """The agent whose capacity it takes."""
    scheduled: bool = False


@dataclass(frozen=True, slots=True)
class WaitingRun:
    """A run that waits for its admission at the start, with its window where it has one."""

    automation: int
    arrived_at: int
    ordered_at: int
    key: str = ""
    throttle_key: str = ""
    not_before: int | None = None
    start_by: int | None = None
    fold_key: str | None = None
    since: int = 0
    deliveries: int = 1
    scheduled: bool = False


@dataclass(frozen=True, slots=True)
class WaitingCall:
    """An admitted run, or a call inside of a run that is not simulated, that waits for its agent at the start."""

    agent: int
    arrived_at: int
    lasts: int
    automation: int | None = None
    key: str = ""
    scheduled: bool = False


@dataclass(frozen=True, slots=True)
class UsedRates:
    """Until when the rates of an automation have been used at the start, by key."""

    throttle: Mapping[str, datetime] = field(default_factory=dict)
    rate_limit: Mapping[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class World:
    """Everything at the start; `origin` is where the first hour begins that is counted, at most an hour before."""

    start: int
    end: int
    automations: Sequence[SimulatedAutomation]
    origin: int | None = None
    capacities: Sequence[int] = ()
    """The capacity of each agent that has one."""
    budgets: Sequence[SimulatedBudget] = ()
    open_runs: Sequence[OpenRun] = ()
    waiting_runs: Sequence[WaitingRun] = ()
    waiting_calls: Sequence[WaitingCall] = ()
    used: Mapping[int, UsedRates] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What arrives, in order: when, at which automation, and the bits for what is drawn for it."""

    at: Instants
    automation: Instants
    bits: Bits

    @classmethod
    def ordered(cls, at: Instants, automation: Instants, bits: Bits) -> "Arrivals":
        """Return them in order of time; those of one instant in the order of the automations' numbers."""
        order = np.lexsort((bits, automation, at))
        return cls(at[order], automation[order], bits[order])

    @classmethod
    def none(cls) -> "Arrivals":
        empty = np.empty(0, dtype=np.int64)
        return cls(empty, empty, np.empty(0, dtype=np.uint64))

    def within(self, start: int, end: int) -> "Arrivals":
        return self.only((self.at >= start) & (self.at < end))

    def only(self, kept: npt.NDArray[np.bool_]) -> "Arrivals":
        return Arrivals(self.at[kept], self.automation[kept], self.bits[kept])
