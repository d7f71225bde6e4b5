"""What runs do, as the simulation takes it: from measured runs, or from what stands in for them."""

from bisect import bisect_right, insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.contracts.outlook.what_if import Figure
from models.rules.simulation.world import Call, Work

MILLISECOND = 1_000
ASSUMED_MS = 60_000
"""How long a run is taken to last when nothing at all is known of it."""


@dataclass(frozen=True, slots=True)
class MeasuredCall:
    """A call of an agent inside a measured run: milliseconds after the run's start, its wait for a place left out."""

    agent: UUID
    begins_ms: int
    lasts_ms: int
    waited_ms: int = 0
    """How long it waited for its place, which delayed what followed it."""


@dataclass(frozen=True, slots=True)
class RunSample:
    """How long measured runs lasted, and when the first and the last of them started.

    `calls` has those of each run, in the order of their begin; it is empty where no run has any.
    """

    durations_ms: tuple[int, ...]
    calls: tuple[tuple[MeasuredCall, ...], ...] = ()
    first_at: datetime | None = None
    last_at: datetime | None = None

    @property
    def ascending_ms(self) -> list[int]:
        return sorted(self.durations_ms)


@dataclass(frozen=True, slots=True)
class Works:
    """What the runs of an automation do (microseconds), and where that is from."""

    durations: tuple[int, ...]
    works: tuple[Work, ...]
    figure: Figure
    sample: RunSample

    @property
    def mean_ms(self) -> int:
        return sum(self.durations) // len(self.durations) // MILLISECOND


def works_of(sample: RunSample, figure: Figure, agents: Mapping[UUID, int]) -> Works:
    """Return the works of measured runs; calls of agents that are not in `agents` are part of their time alone."""
    durations = tuple(lasts * MILLISECOND for lasts in sorted(sample.durations_ms))
    works: tuple[Work, ...] = ()
    if any(call.agent in agents for calls in sample.calls for call in calls):
        pairs = zip(sample.durations_ms, sample.calls, strict=True)
        works = tuple(_work(lasts, calls, agents) for lasts, calls in sorted(pairs, key=lambda pair: pair[0]))
    return Works(durations, works, figure, sample)


def constant_work(lasts_ms: int, figure: Figure) -> Works:
    """Return the work of runs that all take the same time."""
    return Works((lasts_ms * MILLISECOND,), (), figure, RunSample(()))


def in_sequence(durations_ms: Sequence[tuple[UUID, Sequence[int]]], agents: Mapping[UUID, int]) -> Works:
    """Return the works of a primitive that has never run: its agents one after the other, slow with slow, fast with
    fast.
    """
    size = max((len(sample) for _, sample in durations_ms), default=0)
    lasts, calls = list[int](), list[tuple[MeasuredCall, ...]]()
    for place in range(size):
        at, made = 0, list[MeasuredCall]()
        for agent, sample in durations_ms:
            made.append(MeasuredCall(agent, at, sample[place * len(sample) // size]))
            at += made[-1].lasts_ms
        lasts.append(at)
        calls.append(tuple(made))
    return works_of(RunSample(tuple(lasts), tuple(calls)), Figure.MEMBERS, agents)


def _work(lasts_ms: int, made: Sequence[MeasuredCall], agents: Mapping[UUID, int]) -> Work:
    """Return a run without the waits for places that it had; a call follows the one that had ended last before it."""
    calls, followers, ended = list[Call](), [list[int]()], list[tuple[int, int]]()
    for one in made:
        if one.agent not in agents:
            continue
        place = bisect_right(ended, (one.begins_ms, len(made)))
        end, after = ended[place - 1] if place else (0, None)
        followers[0 if after is None else after + 1].append(len(calls))
        insort(ended, (one.begins_ms + one.waited_ms + one.lasts_ms, len(calls)))
        calls.append(Call(agents[one.agent], (one.begins_ms - end) * MILLISECOND, one.lasts_ms * MILLISECOND))
        followers.append([])
    end, last = ended[-1] if ended else (0, 0)
    rest = max(0, lasts_ms - end) * MILLISECOND
    return Work(lasts_ms * MILLISECOND, tuple(calls), tuple(map(tuple, followers)), last, rest)
