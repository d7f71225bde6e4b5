"""The sentence at the head of a run: one line for each kind and state."""

import uuid

import pytest

from models.contracts.runs.details import KindDetails
from models.contracts.runs.facts import Routing
from models.contracts.runs.overview import SameError
from models.contracts.runs.views import RunError, RunHeld, RunPaused, RunRow, RunStuck, StuckBelow
from models.kinds import Kind
from models.rules.runs.progress import LONGEST_TEXT, WORDS
from models.rules.runs.sentence import HELD, SKIPPED, sentence, tells_error
from models.states import HeldBy, RunStatus, SkipReason
from tests.rules.runs.told_runs import (
    DONE,
    FAILED,
    PENDING,
    RUNNING,
    START,
    agent,
    at,
    campaign,
    failed,
    gate,
    hop,
    mapped,
    network,
    pulse,
    router,
    run,
    step,
    workflow,
)
from tests.rules.runs.told_runs import (
    SKIPPED as STEP_SKIPPED,
)

NOW = at(720)
S = RunStatus
DIGEST = workflow(step("read", DONE), step("publish", FAILED), step("tell", STEP_SKIPPED))
STUCK = RunStuck(message="not deterministic\nat line 3", attempts=4, since=START, last_build="1.2")
BELOW = StuckBelow(run_id=uuid.UUID(int=2), name="Scout", since=START)
ENDS = {"duration_ms": 41_000}

SENTENCES: list[tuple[RunRow, KindDetails, str]] = [
    # Completed
    (run(S.COMPLETED, **ENDS), agent(), "Completed in 41 s."),
    (run(S.COMPLETED, **ENDS), agent(failed_attempts=2), "Completed in 41 s: its 3rd attempt succeeded."),
    (run(S.COMPLETED, **ENDS), workflow(step("a", DONE), step("b", DONE)), "Completed in 41 s: 2 steps."),
    (
        run(S.COMPLETED, **ENDS),
        workflow(step("a", DONE), step("b", STEP_SKIPPED), step("c", FAILED, continues=True)),
        "Completed in 41 s: 1 of 3 steps, 1 skipped, 1 failed as allowed.",
    ),
    (
        run(S.COMPLETED, **ENDS),
        network(hop(1, "scout", DONE), ended=Routing(router="rules", because="no_rule")),
        "Completed in 41 s: 1 hop, no rule held.",
    ),
    (
        run(S.COMPLETED, **ENDS),
        network(ended=Routing(router="agent", because="done", reason="all is known")),
        "Completed in 41 s: 0 hops, the router said that it is done: all is known.",
    ),
    (run(S.COMPLETED, **ENDS), network(hop(1, "scout", DONE)), "Completed in 41 s: 1 hop."),
    (run(S.COMPLETED, **ENDS), campaign("ccfs"), "Completed in 41 s: 2 of 3 tasks completed, 1 skipped."),
    (run(S.COMPLETED, **ENDS), pulse(1, 0), "Completed in 41 s: 2 members ranked by 4 runs, 1 capacity changed."),
    (run(S.COMPLETED, **ENDS), pulse(), "Completed in 41 s."),
    # Failed
    (failed("HTTP 503."), agent(failed_attempts=1), "Failed after 41 s: HTTP 503."),
    (failed("HTTP 503"), agent(failed_attempts=3), "Failed after 41 s at its 3rd attempt: HTTP 503."),
    (failed("step 'publish' failed: HTTP 503"), DIGEST, "Failed after 41 s at step publish: HTTP 503."),
    (
        failed("step 'b' failed: x"),
        workflow(
            step("a", FAILED, continues=True),
            step("b", FAILED, finished_at=at(2)),
            step("c", FAILED, finished_at=at(3)),
        ),
        "Failed after 41 s at step b: x.",
    ),
    (
        failed("hop-2 (writer): HTTP 503"),
        network(hop(1, "scout", DONE), hop(2, "writer", FAILED)),
        "Failed after 41 s at hop 2 (writer): HTTP 503.",
    ),
    (
        failed("route-1 (chooser): no answer"),
        network(router=router(FAILED)),
        "Failed after 41 s at its router (chooser): no answer.",
    ),
    (
        run(S.FAILED, error=RunError(type="campaign_failed", message="a (x): lost; b (x): lost"), **ENDS),
        campaign("cffs", failures={"lost": 2}),
        "Failed after 41 s: 1 of 3 tasks completed, 1 skipped, 100% are required; 2 tasks failed with: lost.",
    ),
    (failed("its planner is gone"), campaign("cf"), "Failed after 41 s: its planner is gone."),
    (failed("no plan"), campaign("", planner=router(FAILED)), "Failed after 41 s at its planner (chooser): no plan."),
    (failed("PostgreSQL is away"), pulse(), "Failed after 41 s: PostgreSQL is away."),
    (failed("it was terminated", started_at=None), agent(), "Failed before it started: it was terminated."),
    (failed("\n\n  Traceback\n  of many lines"), agent(), "Failed after 41 s: Traceback."),
    (failed(" "), agent(), "Failed after 41 s: http error."),
    (run(S.FAILED, **ENDS), agent(), "Failed after 41 s: the reason is not recorded."),
    # Cancelled, skipped, missed
    (run(S.CANCELLED, reason="enough.", **ENDS), agent(), "Cancelled after 41 s: enough."),
    (run(S.CANCELLED, reason="cancelled by an operator", started_at=None), agent(), "Cancelled before it started."),
    (run(S.SKIPPED, reason="paused"), agent(), "Skipped: its automation was paused."),
    (run(S.SKIPPED, reason="rate_limited"), agent(), "Skipped: the rate limit was used up."),
    (run(S.SKIPPED, reason="of_tomorrow"), agent(), "Skipped: of tomorrow."),
    (run(S.SKIPPED), agent(), "Skipped: the reason is not recorded."),
    (run(S.MISSED, reason="overlap"), agent(), "Missed: an earlier run was still open when it was due."),
    (
        run(S.MISSED, reason="outage", occurrences=1200),
        agent(),
        "Missed 1,200 due times: nothing was up that could start it.",
    ),
    # Queued
    (run(S.QUEUED), agent(), "Queued for 12 m 0 s: the next free worker starts it."),
    (run(S.QUEUED, queued_at=at(900)), agent(), "Queued for 0 ms: the next free worker starts it."),
    (
        run(S.QUEUED, held=RunHeld(by=HeldBy.CONCURRENCY, since=START, position=3)),
        agent(),
        "Waiting for 12 m 0 s for earlier runs of its automation to end; number 3 in the queue.",
    ),
    (
        run(S.QUEUED, held=RunHeld(by=HeldBy.CAPACITY, since=START)),
        agent(),
        "Waiting for 12 m 0 s for another run of its agent to end.",
    ),
    # Running
    (run(S.RUNNING), agent(called_at=START), "Running for 12 m 0 s: the agent is called."),
    (run(S.RUNNING), agent(failed_attempts=1), "Running for 12 m 0 s: its 1st attempt has failed."),
    (
        run(S.RUNNING),
        agent(callback_until=NOW),
        "Running for 12 m 0 s: the agent has accepted the call and will call back.",
    ),
    (
        run(S.RUNNING),
        workflow(step("a", DONE), mapped("each", 5000, completed=4200, failed=10), step("c", PENDING)),
        "Running for 12 m 0 s: 1 of 3 steps ended, now at each (4,210 of 5,000 items).",
    ),
    (
        run(S.RUNNING),
        workflow(*(step(key, RUNNING) for key in "abcde")),
        "Running for 12 m 0 s: 0 of 5 steps ended, now at a, b, c and 2 more.",
    ),
    (
        run(S.RUNNING),
        network(hop(1, "scout", DONE), hop(2, "writer", RUNNING)),
        "Running for 12 m 0 s: hop 2 (writer).",
    ),
    (run(S.RUNNING), network(router=router(RUNNING)), "Running for 12 m 0 s: chooser chooses the next member."),
    (
        run(S.RUNNING),
        campaign("cfrrp"),
        "Running for 12 m 0 s: 2 of 5 tasks ended, 2 running, now at mission Find.",
    ),
    (run(S.RUNNING), campaign("", planner=router(RUNNING)), "Running for 12 m 0 s: chooser plans the missions."),
    (run(S.RUNNING), pulse(), "Running for 12 m 0 s: it collects the runs of its members."),
    (run(S.RUNNING, stuck_below=BELOW), DIGEST, "Waiting for Scout, which has been stuck for 12 m 0 s."),
    # Waiting
    (run(S.WAITING), workflow(gate("legal", 60)), "Waiting for 11 m 0 s for a decision about legal."),
    (
        run(S.WAITING),
        workflow(gate("legal", 60), gate("budget")),
        "Waiting for 12 m 0 s for a decision about legal and budget.",
    ),
    (
        run(S.WAITING),
        workflow(step("nap", gate("x").status, action="wait", until=at(780))),
        "Waiting at step nap for another 1 m 0 s.",
    ),
    (
        run(S.WAITING),
        workflow(step("a", RUNNING)),
        "Waiting to try a step again: 0 of 1 step ended, now at a.",
    ),
    (run(S.WAITING), pulse(), "Waiting for open runs of its members to end."),
    (run(S.WAITING, stuck_below=BELOW), DIGEST, "Waiting for Scout, which has been stuck for 12 m 0 s."),
    (
        run(S.WAITING, paused=RunPaused(by="Ada", by_is_claimed=False, reason="incident", at=START)),
        DIGEST,
        "Paused by Ada for 12 m 0 s: incident.",
    ),
    # Stuck
    (
        run(S.STUCK, stuck=STUCK),
        DIGEST,
        "Stuck for 12 m 0 s: not deterministic; it last made progress under build 1.2.",
    ),
    (run(S.STUCK), DIGEST, "Stuck: the reason is not recorded."),
]


@pytest.mark.parametrize(("row", "details", "told"), SENTENCES, ids=[case[2] for case in SENTENCES])
def test_a_run_in_one_sentence(row: RunRow, details: KindDetails, told: str) -> None:
    assert sentence(row, details, NOW) == told


def test_the_table_has_every_kind_and_every_status() -> None:
    assert {row.status for row, _, _ in SENTENCES} == set(RunStatus)
    assert {details.kind for _, details, _ in SENTENCES} == set(Kind) == set(WORDS)
    assert set(HELD) == set(HeldBy)
    assert set(SKIPPED) >= {reason.value for reason in SkipReason}


@pytest.mark.parametrize(
    ("same", "told"),
    [
        (None, "Failed after 41 s at step publish: HTTP 503."),
        (SameError(others=0, is_least=False), "Failed after 41 s at step publish: HTTP 503."),
        (
            SameError(others=1, is_least=False),
            "Failed after 41 s at step publish: HTTP 503; 1 other failed the same way.",
        ),
        (
            SameError(others=36, is_least=False),
            "Failed after 41 s at step publish: HTTP 503; 36 others failed the same way.",
        ),
        (
            SameError(others=1000, is_least=True),
            "Failed after 41 s at step publish: HTTP 503; 1,000 others or more failed the same way.",
        ),
    ],
)
def test_it_says_how_many_others_failed_the_same_way_if_that_is_known(same: SameError | None, told: str) -> None:
    assert sentence(failed("step 'publish' failed: HTTP 503"), DIGEST, NOW, same_error=same) == told


def test_it_says_who_cancelled_the_run_if_that_is_known() -> None:
    row = run(S.CANCELLED, reason="Cancelled for good", **ENDS)
    assert sentence(row, agent(), NOW, cancelled_by="Ada") == "Cancelled by Ada after 41 s: Cancelled for good."


def test_a_long_message_is_cut() -> None:
    told = sentence(failed("x" * 5000), agent(), NOW)
    assert told == f"Failed after 41 s: {'x' * LONGEST_TEXT}…"


@pytest.mark.parametrize(
    ("row", "details", "tells"),
    [
        (failed("step 'publish' failed: HTTP 503."), DIGEST, True),
        (failed("HTTP 503\nsecond line"), agent(), False),
        (failed("x" * 5000), agent(), False),
        (run(S.FAILED, error=RunError(type="campaign_failed", message="x" * 5000), **ENDS), campaign("cf"), True),
        (run(S.COMPLETED, **ENDS), agent(), True),
    ],
)
def test_it_is_known_whether_the_error_has_more_to_tell(row: RunRow, details: KindDetails, tells: bool) -> None:
    assert tells_error(row, details) is tells
