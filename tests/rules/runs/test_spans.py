"""Waits are told apart from work, for a step and for a whole run."""

from datetime import UTC, datetime, timedelta

import pytest

from models.contracts.runs.tree import Span, WaitedFor
from models.rules.runs.spans import MOST_WAITS, RunTimes, StepTimes, Try, Waiting, lengths, run_spans, step_spans

START = datetime(2026, 3, 2, 10, tzinfo=UTC)
Told = list[tuple[WaitedFor | None, float, float | None]]


def at(seconds: float | None) -> datetime | None:
    return None if seconds is None else START + timedelta(seconds=seconds)


def sure(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def told(spans: tuple[Span, ...]) -> Told:
    return [
        (
            span.waited_for,
            (span.started_at - START).total_seconds(),
            (span.ended_at - START).total_seconds() if span.ended_at else None,
        )
        for span in spans
    ]


def tries(*times: tuple[float | None, float | None]) -> tuple[Try, ...]:
    return tuple(Try(at(began), at(ended)) for began, ended in times)


STEPS: list[tuple[str, StepTimes, Told]] = [
    ("has not started", StepTimes("agent", None, None), []),
    ("an HTTP request only works", StepTimes("http", at(0), at(4)), [(None, 0, 4)]),
    ("an approval only waits", StepTimes("approval", at(0), None), [("decision", 0, None)]),
    ("a timer only waits", StepTimes("wait", at(0), at(60)), [("timer", 0, 60)]),
    (
        "waits for a worker, then works",
        StepTimes("agent", at(0), at(9), tries=tries((2, 9))),
        [("start", 0, 2), (None, 2, 9)],
    ),
    ("is called at once", StepTimes("agent", at(0), None, tries=tries((0.02, None))), [(None, 0.02, None)]),
    ("is not called yet", StepTimes("agent", at(0), None, tries=tries((None, None))), [("start", 0, None)]),
    ("was never called", StepTimes("agent", at(0), at(7), tries=tries((None, 7))), [("start", 0, 7)]),
    (
        "is tried again",
        StepTimes("agent", at(0), at(20), tries=tries((0, 5), (8, 20))),
        [(None, 0, 5), ("retry", 5, 8), (None, 8, 20)],
    ),
    (
        "waits for its next try",
        StepTimes("agent", at(0), None, tries=tries((0, 5))),
        [(None, 0, 5), ("retry", 5, None)],
    ),
    (
        "had to wait for its siblings",
        StepTimes("item", at(30), at(40), ready_at=at(0), tries=tries((30, 40))),
        [("slot", 0, 30), (None, 30, 40)],
    ),
    (
        "began before its parent by another clock",
        StepTimes("task", at(5), at(9), tries=tries((4, 3))),
        [(None, 5, 5)],
    ),
]


@pytest.mark.parametrize(("step", "spans"), [case[1:] for case in STEPS], ids=[case[0] for case in STEPS])
def test_a_step(step: StepTimes, spans: Told) -> None:
    assert told(step_spans(step)) == spans


RUNS: list[tuple[str, RunTimes, list[Waiting], Told]] = [
    ("is queued", RunTimes(sure(0), None, None), [], [("start", 0, None)]),
    ("was cancelled in the queue", RunTimes(sure(0), None, at(3)), [], [("start", 0, 3)]),
    ("starts at once", RunTimes(sure(0), at(0.03), at(5)), [], [(None, 0.03, 5)]),
    ("waited for its start", RunTimes(sure(0), at(3), None), [], [("start", 0, 3), (None, 3, None)]),
    (
        "waits for a decision in the middle",
        RunTimes(sure(0), at(0), at(30)),
        [Waiting("decision", sure(10), at(20))],
        [(None, 0, 10), ("decision", 10, 20), (None, 20, 30)],
    ),
    (
        "waits for two at the same time",
        RunTimes(sure(0), at(0), at(30)),
        [Waiting("decision", sure(10), at(20)), Waiting("timer", sure(15), at(25))],
        [(None, 0, 10), ("decision", 10, 20), ("timer", 20, 25), (None, 25, 30)],
    ),
    (
        "still waits",
        RunTimes(sure(0), at(0), None),
        [Waiting("decision", sure(10), None)],
        [(None, 0, 10), ("decision", 10, None)],
    ),
    (
        "was cancelled while it waited",
        RunTimes(sure(0), at(0), at(12)),
        [Waiting("decision", sure(0), None)],
        [("decision", 0, 12)],
    ),
    (
        "did not wait long enough",
        RunTimes(sure(0), at(0), at(2)),
        [Waiting("members", sure(1), at(1.01))],
        [(None, 0, 2)],
    ),
    ("took no time", RunTimes(sure(0), at(0), at(0)), [], [(None, 0, 0)]),
]


@pytest.mark.parametrize(("run", "waits", "spans"), [case[1:] for case in RUNS], ids=[case[0] for case in RUNS])
def test_a_run(run: RunTimes, waits: list[Waiting], spans: Told) -> None:
    assert told(run_spans(run, waits)) == spans


def test_only_the_longest_of_very_many_waits_are_told_apart() -> None:
    many = [Waiting("timer", sure(10 * number), at(10 * number + (9 if number % 2 else 1))) for number in range(200)]
    spans = run_spans(RunTimes(sure(0), at(0), at(2000)), many)
    assert sum(span.waited_for is not None for span in spans) == MOST_WAITS
    assert all(
        span.ended_at and span.ended_at - span.started_at == timedelta(seconds=9) for span in spans if span.waited_for
    )
    assert len(spans) <= 100


def test_lengths_add_up_to_the_whole_time_until_now() -> None:
    spans = run_spans(RunTimes(sure(0), at(4), None), [Waiting("decision", sure(10), at(20))])
    waited, worked = lengths(spans, sure(25))
    assert (waited.total_seconds(), worked.total_seconds()) == (14, 11)
