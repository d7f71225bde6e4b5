"""What people are told when a backfill has ended, or has paused itself."""

from dataclasses import dataclass
from decimal import Decimal

from models.contracts.governance.notices import NoticeSeverity
from models.rules.health_notices import NoticeText
from models.rules.number_format import money
from models.states import BackfillKind, BackfillStatus

NOUNS = {BackfillKind.BACKFILL: "backfill", BackfillKind.CATCH_UP: "catch-up", BackfillKind.RERUN: "rerun"}


@dataclass(frozen=True, slots=True)
class BackfillEnd:
    """The facts about a backfill that has ended; `subject` is the automation's name, None: of several."""

    subject: str | None
    kind: BackfillKind
    status: BackfillStatus
    completed: int
    failed: int
    cancelled: int
    skipped: int
    spent_usd: Decimal


def notice_of_end(end: BackfillEnd) -> NoticeText:
    """Write the notice of the end: how many runs ended in which way, and what they cost."""
    ran = end.completed + end.failed + end.cancelled
    counts = [
        (end.failed, "failed"),
        (end.cancelled, "were cancelled"),
        (end.skipped, "did not run"),
    ]
    others = ", ".join(f"{count} {what}" for count, what in counts if count)
    text = f"{end.completed} of {ran + end.skipped} runs completed{', ' if others else ''}{others}."
    cost = f" They cost {money(end.spent_usd)}." if end.spent_usd else ""
    ended = "was cancelled" if end.status is BackfillStatus.CANCELLED else "has ended"
    severity = NoticeSeverity.WARNING if end.failed else NoticeSeverity.INFO
    return NoticeText(severity, f"The {_named(end.kind, end.subject)} {ended}", text + cost)


def notice_of_pause(subject: str | None, kind: BackfillKind, reason: str) -> NoticeText:
    """Write the notice that a backfill has paused itself."""
    text = f"{reason} What is under way goes on. Resume it when it may go on."
    return NoticeText(NoticeSeverity.WARNING, f"The {_named(kind, subject)} has paused", text)


def _named(kind: BackfillKind, subject: str | None) -> str:
    return f"{NOUNS[kind]} of {subject}" if subject else NOUNS[kind]
