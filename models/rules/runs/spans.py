"""When a run and its parts waited, and when they worked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from models.contracts.runs.tree import Span, WaitedFor

LEAST_WAIT = timedelta(milliseconds=50)
"""Shorter waits are the system's own time between two things that it does."""
MOST_WAITS = 49
WAITING_STEPS: dict[str, WaitedFor] = {"approval": "decision", "wait": "timer", "collect": "members"}
"""Kinds of steps that only wait, and for what."""
BESIDE_OTHERS = frozenset({"item", "task"})
"""Kinds of steps that may have to wait for a free slot among their siblings."""


@dataclass(frozen=True, slots=True)
class Try:
    """A child run of a step. `began_at` is when it was called; None while it waits for that."""

    began_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class StepTimes:
    """A step as it was recorded; `ready_at` is when nothing but its siblings held it back any more."""

    kind: str
    started_at: datetime | None
    ended_at: datetime | None
    ready_at: datetime | None = None
    tries: Sequence[Try] = ()


def step_spans(step: StepTimes) -> tuple[Span, ...]:
    """Return the spans of a step: it waits until its child run is called, and again before each further try.

    What began before that which it follows, because the clocks of two workers differ, begins where that ends.
    """
    if step.started_at is None:
        return ()
    found: list[Span] = []
    if step.ready_at is not None:
        found += _wait("slot", step.ready_at, step.started_at)
    if waits_for := WAITING_STEPS.get(step.kind):
        return (*found, Span(waited_for=waits_for, started_at=step.started_at, ended_at=step.ended_at))
    if not step.tries:
        return (*found, Span(waited_for=None, started_at=step.started_at, ended_at=step.ended_at))
    after = step.started_at
    for number, one in enumerate(step.tries):
        waits: WaitedFor = "retry" if number else "start"
        if one.began_at is None:
            return (*found, *_wait(waits, after, step.ended_at))
        began = max(one.began_at, after)
        found += _wait(waits, after, began)
        ended = None if one.ended_at is None else max(one.ended_at, began)
        found.append(Span(waited_for=None, started_at=began, ended_at=ended))
        if ended is None:
            return tuple(found)
        after = ended
    if step.ended_at is None:
        found += _wait("retry", after, None)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class RunTimes:
    """A run as it was recorded: since when it was to run, when it began, and when it ended."""

    since: datetime
    began_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A time in which nothing of a run worked, because it waited."""

    waited_for: WaitedFor
    started_at: datetime
    ended_at: datetime | None


def run_spans(run: RunTimes, waits: Iterable[Waiting]) -> tuple[Span, ...]:
    """Return the spans of a run: until its start it waits, then it works, except in the longest of `waits`."""
    if run.began_at is None:
        return tuple(_wait("start", run.since, run.ended_at))
    found = _wait("start", run.since, run.began_at)
    at: datetime | None = run.began_at
    for one in _longest(waits, run):
        if at is None or (one.ended_at is not None and one.ended_at <= at):
            continue
        began = max(one.started_at, at)
        if began > at:
            found.append(Span(waited_for=None, started_at=at, ended_at=began))
        found.append(Span(waited_for=one.waited_for, started_at=began, ended_at=one.ended_at))
        at = one.ended_at
    if at is not None and (run.ended_at is None or run.ended_at > at or len(found) == 0):
        found.append(Span(waited_for=None, started_at=at, ended_at=run.ended_at))
    return tuple(found)


def lengths(spans: Iterable[Span], now: datetime) -> tuple[timedelta, timedelta]:
    """Return how long the spans waited and how long they worked, until now."""
    waited = worked = timedelta()
    for span in spans:
        length = max(timedelta(), (span.ended_at or now) - span.started_at)
        if span.waited_for:
            waited += length
        else:
            worked += length
    return waited, worked


def _wait(waits_for: WaitedFor, since: datetime, until: datetime | None) -> list[Span]:
    if until is not None and until - since < LEAST_WAIT:
        return []
    return [Span(waited_for=waits_for, started_at=since, ended_at=until)]


def _longest(waits: Iterable[Waiting], run: RunTimes) -> list[Waiting]:
    """Return the longest waits in order, without those that are too short to be any."""
    end = run.ended_at
    found = []
    for one in waits:
        ended = min(one.ended_at, end) if one.ended_at and end else one.ended_at or end
        if ended is None or ended - one.started_at >= LEAST_WAIT:
            found.append(Waiting(one.waited_for, one.started_at, ended))
    found.sort(key=lambda one: one.ended_at - one.started_at if one.ended_at else timedelta.max, reverse=True)
    return sorted(found[:MOST_WAITS], key=lambda one: one.started_at)
