"""What a simulation counts: what became of each arrival, how long runs waited, and how many waited or ran at once."""

from array import array
from collections import Counter
from dataclasses import dataclass, field

from models.rules.simulation.world import HOUR
from models.states import SkipReason

FOLDED = frozenset({SkipReason.DEBOUNCED, SkipReason.BATCHED, SkipReason.SUPERSEDED})
"""Reasons of arrivals that another run stands for."""


class Level:
    """How many of something there are as time passes, and the most of each hour since the start."""

    __slots__ = ("_hour", "_start", "now", "peaks")

    def __init__(self, start: int, hours: int) -> None:
        self._start, self._hour = start, 0
        self.now = 0
        self.peaks = [0] * hours

    def change(self, at: int, by: int) -> None:
        self.pass_to(at)
        self.now += by
        if self.now > self.peaks[self._hour]:
            self.peaks[self._hour] = self.now

    def pass_to(self, at: int) -> None:
        """Carry the level on to this instant."""
        hour = min((at - self._start) // HOUR, len(self.peaks) - 1)
        while self._hour < hour:
            self._hour += 1
            self.peaks[self._hour] = self.now


@dataclass(slots=True)
class Tally:
    """The counts of one automation.

    Attributes:
        arrivals: Due times and deliveries within the time.
        waiting_at_start: Runs that waited for their admission then.
        calls_at_start: Admitted runs that waited for their agent then.
        started: Runs that started.
        skipped: Runs that were dropped or folded into another, by reason.
        missed: Due times that found an earlier run open, and that their schedule's overlap policy drops.
        cancelled: Runs that were cancelled by a newer one, or by a due time.
        cancelled_unstarted: Those of them that had not started.
        held: Runs that wait for their admission at the end.
        buffered: Due times that wait for the end of an earlier run at the end.
        waiting_calls: Admitted runs that wait for their agent at the end.
        waits: How long each run waited before it started, those that still wait at the end included.
    """

    arrivals: int = 0
    waiting_at_start: int = 0
    calls_at_start: int = 0
    started: int = 0
    skipped: Counter[SkipReason] = field(default_factory=Counter)
    missed: int = 0
    cancelled: int = 0
    cancelled_unstarted: int = 0
    held: int = 0
    buffered: int = 0
    waiting_calls: int = 0
    waits: "array[int]" = field(default_factory=lambda: array("q"))

    @property
    def dropped(self) -> int:
        return sum(count for reason, count in self.skipped.items() if reason not in FOLDED)

    @property
    def folded(self) -> int:
        return sum(count for reason, count in self.skipped.items() if reason in FOLDED)


@dataclass(slots=True)
class AgentTally:
    """The counts of one agent with a capacity."""

    calls: int = 0
    waits: "array[int]" = field(default_factory=lambda: array("q"))
    waiting: int = 0


@dataclass(slots=True)
class Outcome:
    """The result of a simulation.

    Attributes:
        automations: In the order of the world's automations.
        agents: In the order of its capacities.
        waiting: The most runs that waited at once in each hour.
        used: For each agent the most of its places that were taken at once, by hour.
        log: Every step, for comparing with the real admission; empty unless asked for.
    """

    automations: list[Tally]
    agents: list[AgentTally]
    waiting: list[int]
    used: list[list[int]]
    log: list[tuple[int, int, str]]
