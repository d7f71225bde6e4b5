"""Why an automation ran or did not: every verdict, computed from facts."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models.contracts.automations.why import WhyVerdict
from models.rules.automation_history import AuditFact, ScheduleSpan, schedule_history, spells
from models.rules.schedule import Schedule
from models.rules.why import DeliveryFact, RunFact, WhyFacts, explain, minute_of
from models.states import HeldBy, RunStatus

HOURLY = Schedule.parse("0 * * * *", "UTC")
DAY = datetime(2026, 3, 2, tzinfo=UTC)
NINE = DAY + timedelta(hours=9)
NOW = DAY + timedelta(hours=12, minutes=30)
RUN, AUDIT = uuid.UUID(int=1), uuid.UUID(int=2)


def at(hour: int, minute: int = 0) -> datetime:
    return DAY + timedelta(hours=hour, minutes=minute)


def known(**changed: Any) -> WhyFacts:
    facts = WhyFacts(
        is_schedule=True,
        created_at=DAY - timedelta(days=3),
        created_by="ann",
        schedules=[ScheduleSpan(DAY - timedelta(days=3), HOURLY)],
        current=ScheduleSpan(DAY - timedelta(days=3), HOURLY),
        spells=[],
        runs=[],
        deliveries=[],
        accounted_until=NOW - timedelta(minutes=3),
        sync_error=None,
        filter=None,
        listens_to="event order",
        tz=UTC,
    )
    return replace(facts, **changed)


def run(due_at: datetime | None, status: RunStatus, **columns: Any) -> RunFact:
    return RunFact(RUN, due_at, columns.pop("queued_at", due_at or NINE), status, **columns)


def entry(action: str, when: datetime, **columns: Any) -> AuditFact:
    facts = {"before": {}, "after": {}, "reason": None, "actor": "ann", **columns}
    return AuditFact(AUDIT, when, action=action, **facts)


def paused(when: datetime, **after: Any) -> AuditFact:
    return entry("automation.paused", when, after={"isActive": False, **after}, reason="deploy")


EARLIER = RunFact(uuid.UUID(int=9), at(8), at(8), RunStatus.RUNNING, started_at=at(8))
TRIGGER: dict[str, Any] = {"is_schedule": False, "schedules": [], "current": None}


@pytest.mark.parametrize(
    ("facts", "verdict", "text", "run_id"),
    [
        (known(runs=[run(NINE, RunStatus.COMPLETED)]), WhyVerdict.FIRED, "It fired; its run completed.", RUN),
        (
            known(runs=[run(NINE, RunStatus.FAILED, error="model overloaded.")]),
            WhyVerdict.FIRED,
            "It fired; its run failed: model overloaded.",
            RUN,
        ),
        (
            known(**TRIGGER, runs=[run(None, RunStatus.COMPLETED, by_hand=True, sent_by="ann")]),
            WhyVerdict.FIRED,
            "It was fired manually by ann; its run completed.",
            RUN,
        ),
        (
            known(runs=[run(NINE, RunStatus.RUNNING, reason="it waits for Scout, which is stuck")]),
            WhyVerdict.FIRED,
            "It fired; its run is running: it waits for Scout, which is stuck.",
            RUN,
        ),
        (known(runs=[run(NINE, RunStatus.QUEUED)]), WhyVerdict.WAITING, "Its run is queued.", RUN),
        (
            known(runs=[run(NINE, RunStatus.QUEUED, held_by=HeldBy.CONCURRENCY, ahead=3)]),
            WhyVerdict.WAITING,
            "Its run waits for concurrency since Mon 02 Mar 09:00 (UTC), 3 ahead.",
            RUN,
        ),
        (
            known(**TRIGGER, runs=[run(None, RunStatus.QUEUED, held_by=HeldBy.THROTTLE, ahead=0)]),
            WhyVerdict.WAITING,
            "Its run waits for its throttle since Mon 02 Mar 09:00 (UTC), next in the queue.",
            RUN,
        ),
        (
            known(**TRIGGER, runs=[run(None, RunStatus.SKIPPED, reason="batched", folded_into=AUDIT)]),
            WhyVerdict.SKIPPED,
            f"Skipped: part of a batch. Run {AUDIT} stands for it.",
            RUN,
        ),
        (
            known(**TRIGGER, runs=[run(None, RunStatus.SKIPPED, reason="bad_expression", error="key: no customer")]),
            WhyVerdict.SKIPPED,
            "Skipped: an expression of its flow control could not be evaluated: key: no customer.",
            RUN,
        ),
        (
            known(runs=[run(NINE, RunStatus.WAITING, reason="approval of sign")]),
            WhyVerdict.WAITING,
            "Its run is waiting: approval of sign.",
            RUN,
        ),
        (
            known(runs=[EARLIER, run(NINE, RunStatus.MISSED, reason="overlap")]),
            WhyVerdict.MISSED,
            "Missed: an earlier run was still going, which had started at Mon 02 Mar 08:00 (UTC).",
            EARLIER.id,
        ),
        (
            known(runs=[run(at(7), RunStatus.MISSED, reason="outage", occurrences=4)]),
            WhyVerdict.MISSED,
            "Missed: nothing could start it from Mon 02 Mar 07:00 to Mon 02 Mar 10:00 (UTC) "
            "(an outage longer than its catch-up time).",
            RUN,
        ),
        (
            known(runs=[run(NINE, RunStatus.SKIPPED, reason="over_budget")]),
            WhyVerdict.OVER_BUDGET,
            "Skipped: this month's budget was spent.",
            RUN,
        ),
        (
            known(runs=[run(NINE, RunStatus.SKIPPED, reason="primitive_inactive")]),
            WhyVerdict.SKIPPED,
            "Skipped: primitive inactive.",
            RUN,
        ),
        (
            known(spells=spells([paused(at(8))])),
            WhyVerdict.PAUSED,
            "Paused by ann since Mon 02 Mar 08:00 (UTC): deploy.",
            None,
        ),
        (
            known(spells=spells([paused(at(8), pausedUntil=at(11).isoformat())])),
            WhyVerdict.SNOOZED,
            "Snoozed by ann from Mon 02 Mar 08:00 to Mon 02 Mar 11:00 (UTC): deploy.",
            None,
        ),
        (
            known(spells=spells([entry("automation.archived", at(8))])),
            WhyVerdict.ARCHIVED,
            "Archived by ann since Mon 02 Mar 08:00 (UTC).",
            None,
        ),
        (
            known(spells=spells([entry("health.reduce_frequency", at(8), after={"slowdown": 2})])),
            WhyVerdict.SLOWED,
            "This due time was left out: slowed down by ann since Mon 02 Mar 08:00 (UTC).",
            None,
        ),
        (
            known(accounted_until=at(8), sync_error="drift: paused in Temporal"),
            WhyVerdict.DRIFTED,
            "Its schedule in Temporal differs from what is saved: drift: paused in Temporal",
            None,
        ),
        (
            known(accounted_until=at(8)),
            WhyVerdict.WAITING,
            "It was due and has no run yet. It may still start; otherwise it is recorded as missed.",
            None,
        ),
        (known(), WhyVerdict.UNKNOWN, "Nothing is recorded about this due time.", None),
        (
            known(**TRIGGER, deliveries=[DeliveryFact(NINE, "filtered")], filter="payload.total > 10"),
            WhyVerdict.FILTERED,
            "Something arrived, and the filter 'payload.total > 10' did not match it.",
            None,
        ),
        (
            known(**TRIGGER, deliveries=[DeliveryFact(NINE, "ignored", "GitHub's ping")]),
            WhyVerdict.FILTERED,
            "Something arrived and was ignored: GitHub's ping.",
            None,
        ),
        (known(**TRIGGER), WhyVerdict.NO_DELIVERY, "No event order arrived.", None),
        (
            known(**TRIGGER, spells=spells([paused(at(8))])),
            WhyVerdict.PAUSED,
            "Paused by ann since Mon 02 Mar 08:00 (UTC): deploy.",
            None,
        ),
    ],
)
def test_each_verdict(facts: WhyFacts, verdict: WhyVerdict, text: str, run_id: uuid.UUID | None) -> None:
    (found,) = explain(facts, *minute_of(NINE), NOW, 100)
    assert (found.at, found.verdict, found.text, found.run_id) == (NINE, verdict, text, run_id)


def test_an_instant_that_is_not_due_names_the_next_due_time() -> None:
    (found,) = explain(known(), *minute_of(at(9, 20)), NOW, 100)
    assert (found.verdict, found.text) == (
        WhyVerdict.NOT_DUE,
        "It was not due. The next due time is Mon 02 Mar 10:00 (UTC).",
    )
    (early,) = explain(known(), *minute_of(DAY - timedelta(days=9)), NOW, 100)
    assert (early.verdict, early.by) == (WhyVerdict.NOT_DUE, "ann")
    assert early.text.startswith("It did not exist yet: it was created by ann")


def test_a_future_due_time_fires_unless_snoozed_or_slowed() -> None:
    ahead = at(13), at(16)
    assert [one.verdict for one in explain(known(), *ahead, NOW, 100)] == [WhyVerdict.DUE] * 3
    snoozed = known(spells=spells([paused(at(8), pausedUntil=at(14).isoformat())]))
    found = [one.verdict for one in explain(snoozed, *ahead, NOW, 100)]
    assert found == [WhyVerdict.SNOOZED, WhyVerdict.DUE, WhyVerdict.DUE], "at the end of the snooze itself it fires"
    slow = ScheduleSpan(DAY, Schedule.parse("0 * * * *", "UTC", 2, at(12)))
    slowed = known(current=slow, spells=spells([entry("health.reduce_frequency", at(12), after={"slowdown": 2})]))
    found = [one.verdict for one in explain(slowed, *ahead, NOW, 100)]
    assert found == [WhyVerdict.SLOWED, WhyVerdict.DUE, WhyVerdict.SLOWED]


def test_a_pause_explains_only_due_times_within_it() -> None:
    resumed = entry("automation.resumed", at(10, 30), after={"isActive": True})
    facts = known(spells=spells([paused(at(8, 30)), resumed]), runs=[])
    verdicts = {one.at: one.verdict for one in explain(facts, at(8), at(12), NOW, 100)}
    assert verdicts == {
        at(8): WhyVerdict.UNKNOWN,
        at(9): WhyVerdict.PAUSED,
        at(10): WhyVerdict.PAUSED,
        at(11): WhyVerdict.UNKNOWN,
    }


def test_due_times_follow_the_schedule_in_effect_at_the_time() -> None:
    changed = entry(
        "automation.changed", at(10, 30), before={"schedule": {"cronExpr": "15 * * * *", "timezone": "UTC"}}
    )
    facts = known(schedules=schedule_history(HOURLY, DAY - timedelta(days=3), [changed]))
    assert [one.at for one in explain(facts, at(9), at(12), NOW, 100)] == [at(9, 15), at(10, 15), at(11)]


def test_a_long_span_is_truncated_and_says_where_to_continue() -> None:
    found = explain(known(), DAY, DAY + timedelta(days=1), NOW, 5)
    assert [one.at for one in found] == [at(hour) for hour in range(6)]
