"""An automation at a past instant, from its audit log: paused, snoozed, archived, slowed, and its schedule."""

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.contracts.automations.why import WhyVerdict
from models.errors import Invalid
from models.rules.schedule import Schedule


@dataclass(frozen=True, slots=True)
class AuditFact:
    """One entry of an automation's audit log."""

    id: uuid.UUID
    at: datetime
    actor: str
    action: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    reason: str | None


@dataclass(frozen=True, slots=True)
class Spell:
    """A span in which it did not fire, or not at full speed.

    Attributes:
        kind: PAUSED, SNOOZED, ARCHIVED or SLOWED.
        end: When it ended; None: it goes on.
        planned_end: When a snooze was meant to end.
    """

    kind: WhyVerdict
    since: datetime
    end: datetime | None
    by: str | None
    audit_id: uuid.UUID | None
    reason: str | None
    planned_end: datetime | None = None

    def covers(self, at: datetime) -> bool:
        ends = [end for end in (self.end, self.planned_end) if end is not None]
        return self.since <= at and all(at < end for end in ends)


@dataclass(frozen=True, slots=True)
class ScheduleSpan:
    """The schedule that was saved from `since` until the next one."""

    since: datetime
    schedule: Schedule


def spells(entries: Iterable[AuditFact]) -> list[Spell]:
    """Return the spells that the entries (oldest first) begin and end, oldest first."""
    open_spells: dict[str, Spell] = {}
    found: list[Spell] = []

    def close(group: str, at: datetime) -> None:
        if group in open_spells:
            found.append(_ended(open_spells.pop(group), at))

    for entry in entries:
        for group, kind in _transitions(entry):
            close(group, entry.at)
            if kind is not None:
                planned = _instant(entry.after.get("pausedUntil")) if kind is WhyVerdict.SNOOZED else None
                open_spells[group] = Spell(kind, entry.at, None, entry.actor, entry.id, entry.reason, planned)
    return sorted([*found, *open_spells.values()], key=lambda spell: spell.since)


def schedule_history(
    current: Schedule | None, created_at: datetime, entries: Sequence[AuditFact]
) -> list[ScheduleSpan]:
    """Return the schedules that it has had, oldest first; what can no longer be read is left out."""
    if current is None:
        return []
    changed = [entry for entry in entries if isinstance(entry.before.get("schedule"), dict)]
    starts = [created_at, *(entry.at for entry in changed)]
    schedules = [*(_read(entry.before["schedule"]) for entry in changed), current]
    return [ScheduleSpan(since, one) for since, one in zip(starts, schedules, strict=True) if one is not None]


def _transitions(entry: AuditFact) -> Iterator[tuple[str, WhyVerdict | None]]:
    """Yield which group of spells an entry begins (with its kind) or ends (None)."""
    active = entry.after.get("isActive")
    if entry.action == "automation.archived":
        yield "archived", WhyVerdict.ARCHIVED
    elif entry.action == "automation.restored":
        yield "archived", None
    elif active is False or (entry.action == "automation.paused" and "pausedUntil" in entry.after):
        yield "paused", WhyVerdict.SNOOZED if entry.after.get("pausedUntil") else WhyVerdict.PAUSED
    elif active is True:
        yield "paused", None
    if entry.action == "automation.resumed":
        yield "slowed", None
    elif entry.action.startswith("health.") and "slowdown" in entry.after:
        yield "slowed", WhyVerdict.SLOWED if entry.after["slowdown"] else None


def _ended(spell: Spell, at: datetime) -> Spell:
    # The row of a snooze is updated a moment after its end; from its end on it fires.
    end = min(at, spell.planned_end) if spell.planned_end else at
    return Spell(spell.kind, spell.since, end, spell.by, spell.audit_id, spell.reason, spell.planned_end)


def _read(config: Mapping[str, Any]) -> Schedule | None:
    try:
        return Schedule.parse(str(config.get("cronExpr", "")), str(config.get("timezone") or "UTC"))
    except Invalid:
        return None


def _instant(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
