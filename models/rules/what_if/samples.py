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
class MeasuredRun:
    """How long a run lasted, and its calls in the order of their begin."""

    lasts_ms: int
    calls: tuple[MeasuredCall, ...] = ()


@dataclass(frozen=True, slots=True)
class RunSample:
    """Measured runs, and when the first and the last of them started."""

    runs: tuple[MeasuredRun, ...]
    first_at: datetime | None = None
    last_at: datetime | None = None

    @property
    def durations_ms(self) -> list[int]:
        return sorted(run.lasts_ms for run in self.runs)


@dataclass(frozen=True, slots=True)
class Works:
    """What the runs of an automation do, and where that is from."""

    works: tuple[Work, ...]
    figure: Figure
    sample: RunSample


def works_of(sample: RunSample, figure: Figure, agents: Mapping[UUID, int]) -> Works:
    """Return the works of measured runs; calls of agents that are not in `agents` are part of their time alone."""
    ordered = sorted(sample.runs, key=lambda run: (run.lasts_ms, len(run.calls)))
    return Works(tuple(_work(run, agents) for run in ordered), figure, sample)


def constant_work(lasts_ms: int, figure: Figure) -> Works:
    """Return the work of runs that all take the same time."""
    sample = RunSample((MeasuredRun(lasts_ms),) if figure is Figure.SPEC else ())
    return Works((Work(lasts_ms * MILLISECOND),), figure, sample)


def in_sequence(durations_ms: Sequence[tuple[UUID, Sequence[int]]], agents: Mapping[UUID, int]) -> Works:
    """Return the works of a primitive that has never run: its agents one after the other, slow with slow, fast with
    fast.
    """
    size = max((len(sample) for _, sample in durations_ms), default=0)
    runs = []
    for place in range(size):
        at, calls = 0, []
        for agent, sample in durations_ms:
            lasts = sample[place * len(sample) // size]
            calls.append(MeasuredCall(agent, at, lasts))
            at += lasts
        runs.append(MeasuredRun(at, tuple(calls)))
    return works_of(RunSample(tuple(runs)), Figure.MEMBERS, agents)


def _work(run: MeasuredRun, agents: Mapping[UUID, int]) -> Work:
    """Return a run without the waits for places that it had; a call follows the one that had ended last before it."""
    calls, followers, ended = list[Call](), [list[int]()], list[tuple[int, int]]()
    for one in run.calls:
        if one.agent not in agents:
            continue
        place = bisect_right(ended, (one.begins_ms, len(run.calls)))
        end, after = ended[place - 1] if place else (0, None)
        followers[0 if after is None else after + 1].append(len(calls))
        insort(ended, (one.begins_ms + one.waited_ms + one.lasts_ms, len(calls)))
        calls.append(Call(agents[one.agent], (one.begins_ms - end) * MILLISECOND, one.lasts_ms * MILLISECOND))
        followers.append([])
    if not calls:
        return Work(run.lasts_ms * MILLISECOND)
    end, last = ended[-1]
    rest = max(0, run.lasts_ms - end) * MILLISECOND
    return Work(run.lasts_ms * MILLISECOND, tuple(calls), tuple(map(tuple, followers)), last, rest)
