"""What happened to a run, in one sentence: how it stands, where, and why."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from models.contracts.runs.details import KindDetails
from models.contracts.runs.overview import SameError
from models.contracts.runs.views import RunRow
from models.rules.number_format import exact_duration, plural
from models.rules.runs.progress import WORDS, in_short
from models.rules.why import DROPPED
from models.states import HeldBy, RunStatus, SkipReason

BY_DEFAULT = "cancelled by an operator"
"""The reason of a cancellation for which nobody gave one."""
UNKNOWN = "the reason is not recorded"
HELD = {
    HeldBy.CONCURRENCY: "earlier runs of its automation to end",
    HeldBy.THROTTLE: "the throttle of its automation",
    HeldBy.DEBOUNCE: "the end of its debounce",
    HeldBy.BATCH: "its batch to be full",
    HeldBy.BUDGET: "the run before it to end: its cost decides what the budget allows",
    HeldBy.BACKFILL: "its turn in a backfill",
    HeldBy.CAPACITY: "another run of its agent to end",
}
SKIPPED = {
    SkipReason.PAUSED.value: "its automation was paused",
    SkipReason.ARCHIVED.value: "its automation was archived",
    SkipReason.OVER_BUDGET.value: "the budget of its automation was used up",
    SkipReason.PRIMITIVE_INACTIVE.value: "what it runs is not active",
    **DROPPED,
}
MISSED = {
    "overlap": "an earlier run was still open",
    "outage": "nothing was up that could start it",
}


def sentence(
    run: RunRow,
    details: KindDetails,
    now: datetime,
    *,
    same_error: SameError | None = None,
    cancelled_by: str | None = None,
) -> str:
    """Say what happened to a run.

    Args:
        run: The run.
        details: What a run of its kind shows.
        now: Until when what goes on has lasted.
        same_error: How many other runs failed in the same way. None: that is not known.
        cancelled_by: Who cancelled the run. None: nobody did, or it is not known.
    """
    told = _SENTENCES[run.status](run, details, now)
    if run.status is RunStatus.CANCELLED and cancelled_by:
        told = told.replace("Cancelled", f"Cancelled by {cancelled_by}", 1)
    if same_error and same_error.others:
        number = plural(same_error.others, "other")
        told += f"; {number}{' or more' if same_error.is_least else ''} failed the same way"
    return told if told.endswith((".", "…", "?", "!")) else f"{told}."


def _completed(run: RunRow, details: KindDetails, now: datetime) -> str:
    done = WORDS[details.kind].done(details)
    took = f"Completed in {_took(run)}"
    return f"{took}: {done}" if done else took


def _failed(run: RunRow, details: KindDetails, now: datetime) -> str:
    place = WORDS[details.kind].place(details)
    took = f"Failed after {_took(run)}" if run.started_at else "Failed before it started"
    return f"{took}{f' at {place}' if place else ''}: {_cause(run, details)}"


def tells_error(run: RunRow, details: KindDetails) -> bool:
    """Return whether the sentence of a run, with its details, tells all that its error does."""
    if run.error is None or WORDS[details.kind].cause(details, run.error.type):
        return True
    message = _without_place(run.error.message, details).strip()
    return message.removesuffix(".") == in_short(message)


def _cause(run: RunRow, details: KindDetails) -> str:
    if run.error is None:
        return UNKNOWN
    if better := WORDS[details.kind].cause(details, run.error.type):
        return better
    return in_short(_without_place(run.error.message, details)) or run.error.type.replace("_", " ")


def _without_place(message: str, details: KindDetails) -> str:
    """Return a message without the part of it that names the place, which the sentence says already."""
    if part := WORDS[details.kind].failed_part(details):
        for opening in (
            f"step {part.name!r} failed: ",
            f"{part.path} ({part.name}): ",
            f"{part.path} ({part.agent}): ",
        ):
            message = message.removeprefix(opening)
    return message


def _cancelled(run: RunRow, details: KindDetails, now: datetime) -> str:
    after = f"after {_took(run)}" if run.started_at else "before it started"
    why = f": {in_short(run.reason)}" if run.reason and run.reason != BY_DEFAULT else ""
    return f"Cancelled {after}{why}"


def _skipped(run: RunRow, details: KindDetails, now: datetime) -> str:
    return f"Skipped: {_reason(run, SKIPPED)}"


def _missed(run: RunRow, details: KindDetails, now: datetime) -> str:
    if run.occurrences > 1:
        return f"Missed {plural(run.occurrences, 'due time')}: {_reason(run, MISSED)}"
    return f"Missed: {_reason(run, MISSED)} when it was due"


def _queued(run: RunRow, details: KindDetails, now: datetime) -> str:
    if run.held:
        place = f"; number {run.held.position:,} in the queue" if run.held.position else ""
        return f"Waiting for {_since(run.held.since, now)} for {HELD[run.held.by]}{place}"
    return f"Queued for {_since(run.queued_at, now)}: the next free worker starts it"


def _running(run: RunRow, details: KindDetails, now: datetime) -> str:
    if run.stuck_below:
        below = run.stuck_below
        return f"Waiting for {below.name}, which has been stuck for {_since(below.since, now)}"
    doing = WORDS[details.kind].doing(details)
    running = f"Running for {_since(run.started_at or run.queued_at, now)}"
    return f"{running}: {doing}" if doing else running


def _waiting(run: RunRow, details: KindDetails, now: datetime) -> str:
    if run.paused:
        why = f": {in_short(run.paused.reason)}" if run.paused.reason else ""
        return f"Paused by {run.paused.by} for {_since(run.paused.at, now)}{why}"
    waits = "" if run.stuck_below else WORDS[details.kind].waits(details, now)
    return waits or _running(run, details, now)


def _stuck(run: RunRow, details: KindDetails, now: datetime) -> str:
    if run.stuck is None:
        return f"Stuck: {UNKNOWN}"
    back = f"; it last made progress under build {run.stuck.last_build}" if run.stuck.last_build else ""
    return f"Stuck for {_since(run.stuck.since, now)}: {in_short(run.stuck.message)}{back}"


_SENTENCES: Mapping[RunStatus, Callable[[RunRow, KindDetails, datetime], str]] = {
    RunStatus.QUEUED: _queued,
    RunStatus.RUNNING: _running,
    RunStatus.WAITING: _waiting,
    RunStatus.STUCK: _stuck,
    RunStatus.COMPLETED: _completed,
    RunStatus.FAILED: _failed,
    RunStatus.CANCELLED: _cancelled,
    RunStatus.SKIPPED: _skipped,
    RunStatus.MISSED: _missed,
}


def _reason(run: RunRow, words: Mapping[str, str]) -> str:
    reason = run.reason or ""
    return words.get(reason) or in_short(reason.replace("_", " ")) or UNKNOWN


def _took(run: RunRow) -> str:
    return exact_duration(timedelta(milliseconds=run.duration_ms or 0))


def _since(at: datetime, now: datetime) -> str:
    """Return how long ago that was; clocks of two machines may differ."""
    return exact_duration(max(now - at, timedelta()))
