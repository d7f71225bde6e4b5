"""Why an automation ran or did not: a verdict for each due time, run and delivery of a span."""

import uuid
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from models.contracts.automations.why import Verdict, WhyVerdict
from models.rules.automation_history import ScheduleSpan, Spell
from models.states import OPEN_STATUSES, BackfillKind, HeldBy, RunStatus, SkipReason

INSTANT = timedelta(microseconds=1)
MINUTE = timedelta(minutes=1)
SKIPPED = {
    SkipReason.PAUSED.value: WhyVerdict.PAUSED,
    SkipReason.OVER_BUDGET.value: WhyVerdict.OVER_BUDGET,
    SkipReason.ARCHIVED.value: WhyVerdict.ARCHIVED,
}
DROPPED = {
    SkipReason.BAD_EXPRESSION.value: "an expression of its flow control could not be evaluated",
    SkipReason.DUPLICATE.value: "an earlier delivery had the same idempotency value",
    SkipReason.RATE_LIMITED.value: "the rate limit was used up",
    SkipReason.SINGLETON.value: "another run was open",
    SkipReason.SUPERSEDED.value: "a newer delivery waits in its place",
    SkipReason.DEBOUNCED.value: "debounced",
    SkipReason.BATCHED.value: "part of a batch",
    SkipReason.QUEUE_FULL.value: "the queue was full",
    SkipReason.EXPIRED.value: "it had waited too long",
    SkipReason.CHAIN_TOO_DEEP.value: "too many automations in a row have fired one another",
    SkipReason.CHAIN_LOOPS.value: "one chain of runs has fired it too often",
    SkipReason.CLEARED.value: "somebody cleared the queue",
}
"""Why a run was dropped on its way."""
_BACKFILLED = {
    BackfillKind.BACKFILL: "run afterwards, in a backfill",
    BackfillKind.CATCH_UP: "missed, and caught up with",
    BackfillKind.RERUN: "run again, with others,",
}
WAITS_FOR = {
    HeldBy.CONCURRENCY: "concurrency",
    HeldBy.THROTTLE: "its throttle",
    HeldBy.DEBOUNCE: "the end of its debounce",
    HeldBy.BATCH: "its batch",
    HeldBy.BUDGET: "its budget, until the runs before it have closed,",
    HeldBy.CAPACITY: "the capacity of its agent",
    HeldBy.BACKFILL: "its turn in a backfill",
}


@dataclass(frozen=True, slots=True)
class RunFact:
    """A root run of the automation; `due_at` is None where something arrived or somebody fired it."""

    id: uuid.UUID
    due_at: datetime | None
    queued_at: datetime
    status: RunStatus
    reason: str | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    occurrences: int = 1
    error: str | None = None
    sent_by: str | None = None
    by_hand: bool = False
    probe: bool = False
    held_by: HeldBy | None = None
    """What the run waits for before it may start."""
    waits_for: str | None = None
    """The same in words; None: as `WAITS_FOR` says."""
    ahead: int | None = None
    """How many runs wait before a held one. None: too many to count."""
    folded_into: uuid.UUID | None = None
    """The run that stands for a skipped one."""
    backfill: BackfillKind | None = None
    """The kind of the backfill that it is part of, which `sent_by` has started."""

    @property
    def at(self) -> datetime:
        return self.due_at or self.queued_at


@dataclass(frozen=True, slots=True)
class DeliveryFact:
    """Something that arrived where the automation listens, and started no run of it."""

    at: datetime
    outcome: str
    note: str | None = None


@dataclass(frozen=True, slots=True)
class WhyFacts:
    """The known facts about an automation and a span.

    Attributes:
        schedules: The schedules that it has had, oldest first; empty for a trigger.
        current: The schedule with its slowdown; of no use for a trigger.
        runs: Runs of the span, and those that were going or stand for due times in it.
        deliveries: Deliveries of the span without a run of this automation.
        budget: What it may spend in a month, in words; None: no limit.
        sync_error: Why its schedule in Temporal differs; None: it does not.
    """

    is_schedule: bool
    created_at: datetime
    created_by: str | None
    schedules: Sequence[ScheduleSpan]
    current: ScheduleSpan | None
    spells: Sequence[Spell]
    runs: Sequence[RunFact]
    deliveries: Sequence[DeliveryFact]
    accounted_until: datetime
    sync_error: str | None
    filter: str | None
    listens_to: str
    tz: tzinfo


def explain(facts: WhyFacts, since: datetime, until: datetime, now: datetime, limit: int) -> list[Verdict]:
    """Return the verdicts of [since, until), oldest first, and one about `since` if there is nothing in the span.

    Returns one more than `limit` if there are more.
    """
    due = _due_times(facts, since, until, limit + 1)
    by_due: dict[datetime | None, RunFact] = {run.due_at: run for run in facts.runs if run.due_at is not None}
    found = [_of_due_time(facts, at, by_due, now) for at in due]
    found += [_of_run(facts, run) for run in facts.runs if since <= run.at < until and run.due_at not in set(due)]
    found += [_of_delivery(facts, one) for one in facts.deliveries if since <= one.at < until]
    found.sort(key=lambda verdict: verdict.at)
    return found[: limit + 1] or [_of_nothing(facts, since, until, now)]


def _due_times(facts: WhyFacts, since: datetime, until: datetime, limit: int) -> list[datetime]:
    """Return the due times in [since, until) of the schedules that were saved then, slowdowns left aside."""
    found: list[datetime] = []
    starts = [span.since for span in facts.schedules]
    for span, end in zip(facts.schedules, [*starts, until][1:], strict=True):
        begin, stop = max(since, span.since), min(until, end)
        if begin < stop and len(found) < limit:
            found += span.schedule.due_between(begin - INSTANT, stop - INSTANT, limit=limit - len(found))
    return found


def _of_due_time(facts: WhyFacts, at: datetime, by_due: Mapping[datetime | None, RunFact], now: datetime) -> Verdict:
    if (run := by_due.get(at)) is not None:
        return _of_run(facts, run)
    if (run := _standing_for(facts, at)) is not None:
        return _missed(facts, run, at)
    for spell in facts.spells:
        if spell.kind is not WhyVerdict.SLOWED and spell.covers(at):
            return _of_spell(facts, spell, at)
    slowed = next((spell for spell in facts.spells if spell.kind is WhyVerdict.SLOWED and spell.covers(at)), None)
    if slowed is not None and not _fires_slowed(facts, at, now):
        return _of_spell(facts, slowed, at)
    if at > now:
        return Verdict(at=at, verdict=WhyVerdict.DUE, text=f"It will fire at {_told(at, facts.tz)}.")
    if at > facts.accounted_until:
        if facts.sync_error is not None:
            text = f"Its schedule in Temporal differs from what is saved: {facts.sync_error}"
            return Verdict(at=at, verdict=WhyVerdict.DRIFTED, text=text)
        text = "It was due and has no run yet. It may still start; otherwise it is recorded as missed."
        return Verdict(at=at, verdict=WhyVerdict.WAITING, text=text)
    return Verdict(at=at, verdict=WhyVerdict.UNKNOWN, text="Nothing is recorded about this due time.")


def _of_run(facts: WhyFacts, run: RunFact) -> Verdict:
    if run.status is RunStatus.MISSED:
        return _missed(facts, run, run.at)
    if run.status is RunStatus.SKIPPED:
        return _skipped(facts, run)
    if run.status is RunStatus.QUEUED and run.held_by is not None:
        ahead = "" if run.ahead is None else f", {run.ahead} ahead" if run.ahead else ", next in the queue"
        what = run.waits_for or WAITS_FOR[run.held_by]
        text = f"Its run waits for {what} since {_told(run.queued_at, facts.tz)}{ahead}."
        return Verdict(at=run.at, verdict=WhyVerdict.WAITING, text=text, run_id=run.id)
    if run.status in OPEN_STATUSES and run.status is not RunStatus.RUNNING:
        reason = f": {run.reason}" if run.reason else ""
        return Verdict(
            at=run.at, verdict=WhyVerdict.WAITING, text=f"Its run is {run.status.value}{reason}.", run_id=run.id
        )
    who = f" by {run.sent_by}" if run.by_hand and run.sent_by else ""
    how = f"It was fired manually{who}" if run.by_hand else "It fired"
    if run.backfill is not None:
        how = f"It was {_BACKFILLED[run.backfill]}{f' by {run.sent_by}' if run.sent_by else ''}"
    if run.probe:
        how = "It was disabled by its health policy, and tried with a probe"
    outcome = f"its run {_outcome(run)}"
    return Verdict(at=run.at, verdict=WhyVerdict.FIRED, text=f"{how}; {outcome}.", run_id=run.id, by=run.sent_by)


def _outcome(run: RunFact) -> str:
    if run.status is RunStatus.RUNNING:
        return f"is running: {run.reason}" if run.reason else "is running"
    if run.status is RunStatus.CANCELLED:
        return "was cancelled"
    if run.status is RunStatus.FAILED:
        return f"failed: {run.error.rstrip('.')}" if run.error else "failed"
    return run.status.value


def _skipped(facts: WhyFacts, run: RunFact) -> Verdict:
    verdict = SKIPPED.get(run.reason or "", WhyVerdict.SKIPPED)
    spell = next(
        (spell for spell in facts.spells if spell.covers(run.at) and spell.kind is not WhyVerdict.SLOWED), None
    )
    if spell is not None and verdict in (WhyVerdict.PAUSED, WhyVerdict.ARCHIVED):
        return _of_spell(facts, spell, run.at).model_copy(update={"run_id": run.id})
    if (why := DROPPED.get(run.reason or "")) is not None:
        error = f": {run.error.rstrip('.')}" if run.error else ""
        instead = f" Run {run.folded_into} stands for it." if run.folded_into else ""
        return Verdict(at=run.at, verdict=verdict, text=f"Skipped: {why}{error}.{instead}", run_id=run.id)
    if verdict is WhyVerdict.OVER_BUDGET and run.error:
        # It names the budget.
        text = f"Skipped: {run.error[:1].lower()}{run.error[1:]}"
        return Verdict(at=run.at, verdict=verdict, text=text, run_id=run.id)
    text = {
        WhyVerdict.OVER_BUDGET: "Skipped: this month's budget was spent.",
        WhyVerdict.PAUSED: "Skipped: it was paused.",
        WhyVerdict.ARCHIVED: "Skipped: it was archived.",
    }.get(verdict, f"Skipped: {(run.reason or 'no reason is recorded').replace('_', ' ')}.")
    return Verdict(at=run.at, verdict=verdict, text=text, run_id=run.id)


def _missed(facts: WhyFacts, row: RunFact, at: datetime) -> Verdict:
    if row.reason == "overlap":
        holder = next((run for run in facts.runs if _was_going(run, at)), None)
        told = f", which had started at {_told(holder.started_at, facts.tz)}" if holder and holder.started_at else ""
        text = f"Missed: an earlier run was still going{told}."
        return Verdict(at=at, verdict=WhyVerdict.MISSED, text=text, run_id=holder.id if holder else row.id)
    end = _last_of(facts, row)
    span = f"at {_told(row.at, facts.tz)}" if end == row.at else _span(row.at, end, facts.tz)
    text = f"Missed: nothing could start it {span} (an outage longer than its catch-up time)."
    if row.reason not in (None, "outage"):
        text = f"Missed: {row.reason}."
    return Verdict(at=at, verdict=WhyVerdict.MISSED, text=text, run_id=row.id)


def _standing_for(facts: WhyFacts, at: datetime) -> RunFact | None:
    """Return the missed row whose count includes this due time."""
    rows = [run for run in facts.runs if run.status is RunStatus.MISSED and run.occurrences > 1]
    return next((row for row in rows if row.at <= at <= _last_of(facts, row)), None)


def _last_of(facts: WhyFacts, row: RunFact) -> datetime:
    """Return the last due time that a missed row stands for."""
    index = bisect_right([span.since for span in facts.schedules], row.at) - 1
    if row.occurrences == 1 or index < 0:
        return row.at
    due = facts.schedules[index].schedule.upcoming(row.at - INSTANT, row.occurrences)
    return due[-1] if due else row.at


def _was_going(run: RunFact, at: datetime) -> bool:
    started = run.started_at is not None and run.started_at <= at
    return started and (run.finished_at is None or run.finished_at > at)


def _fires_slowed(facts: WhyFacts, at: datetime, now: datetime) -> bool:
    """Return whether a due time to come fires despite the slowdown; of a past one without a run, it did not."""
    current = facts.current
    return at > now and current is not None and bool(current.schedule.due_between(at - INSTANT, at))


def _of_spell(facts: WhyFacts, spell: Spell, at: datetime) -> Verdict:
    by = f" by {spell.by}" if spell.by else ""
    reason = f": {spell.reason.rstrip('.')}" if spell.reason else ""
    end = spell.end or spell.planned_end
    when = f"since {_told(spell.since, facts.tz)}" if end is None else _span(spell.since, end, facts.tz)
    text = {
        WhyVerdict.PAUSED: f"Paused{by} {when}{reason}.",
        WhyVerdict.SNOOZED: f"Snoozed{by} {when}{reason}.",
        WhyVerdict.ARCHIVED: f"Archived{by} {when}{reason}.",
        WhyVerdict.SLOWED: f"This due time was left out: slowed down{by} {when}{reason}.",
    }[spell.kind]
    return Verdict(at=at, verdict=spell.kind, text=text, audit_id=spell.audit_id, by=spell.by)


def _of_delivery(facts: WhyFacts, one: DeliveryFact) -> Verdict:
    if one.outcome in ("filtered", "fired", "skipped") and facts.filter:
        text = f"Something arrived, and the filter {facts.filter!r} did not match it."
    else:
        why = f": {one.note.rstrip('.')}" if one.note else ""
        text = f"Something arrived and was {one.outcome.replace('_', ' ')}{why}."
    return Verdict(at=one.at, verdict=WhyVerdict.FILTERED, text=text)


def _of_nothing(facts: WhyFacts, since: datetime, until: datetime, now: datetime) -> Verdict:
    if until <= facts.created_at:
        by = f" by {facts.created_by}" if facts.created_by else ""
        text = f"It did not exist yet: it was created{by} at {_told(facts.created_at, facts.tz)}."
        return Verdict(at=since, verdict=WhyVerdict.NOT_DUE, text=text, by=facts.created_by)
    spell = next((one for one in facts.spells if one.covers(since) and one.kind is not WhyVerdict.SLOWED), None)
    if spell is not None:
        return _of_spell(facts, spell, since)
    if facts.is_schedule:
        following = next(_following(facts, until), None)
        told = f" The next due time is {_told(following, facts.tz)}." if following else ""
        return Verdict(at=since, verdict=WhyVerdict.NOT_DUE, text=f"It was not due.{told}")
    if since > now:
        return Verdict(at=since, verdict=WhyVerdict.NOT_DUE, text=f"It fires when {facts.listens_to} arrives.")
    return Verdict(at=since, verdict=WhyVerdict.NO_DELIVERY, text=f"No {facts.listens_to} arrived.")


def _following(facts: WhyFacts, until: datetime) -> Iterator[datetime]:
    """Yield the next due time from `until` on."""
    due = _due_times(facts, until, until + timedelta(days=2), 1)
    if not due and facts.current is not None:
        due = facts.current.schedule.upcoming(until - INSTANT, 1)
    yield from due


def _told(at: datetime, tz: tzinfo) -> str:
    return f"{at.astimezone(tz):%a %d %b %H:%M} ({tz})"


def _span(begin: datetime, end: datetime, tz: tzinfo) -> str:
    return f"from {begin.astimezone(tz):%a %d %b %H:%M} to {_told(end, tz)}"


def minute_of(at: datetime) -> tuple[datetime, datetime]:
    """Return the minute of an instant: due times are whole minutes."""
    begin = at.replace(second=0, microsecond=0)
    return begin, begin + MINUTE
