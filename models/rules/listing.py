"""The live list as a rule: who is let through, what all of them come to. No I/O and no clock.

The rule kept here: a list and its summary are judged by the same facts of the same automations.
"""

import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from models.contracts.live import CostEstimate, LiveSummary, TypeCounts
from models.kinds import Kind
from models.rules.search import folded
from models.rules.severity import NEEDS_ATTENTION, success_rate
from models.states import Severity, Source, State, Window


@dataclass(frozen=True, slots=True)
class Judgement:
    """How an automation does within one window."""

    completed: int
    failed: int
    severity: Severity

    @property
    def rate(self) -> float | None:
        """Give the success rate in percent; None before the first finished run."""
        return success_rate(self.completed, self.failed)


@dataclass(frozen=True, slots=True)
class Entry:
    """What listing has to know of one automation.

    Attributes:
        agents: Slugs and ids of the agents that it runs or whose runs it makes.
        month_usd: What the coming month will cost; None while unknown.
        searched: The texts that are searched, as `search.haystack` gives them.
        valid_until: When something of it changes by itself, with the clock.
        encoded: It on the wire, by window.
        digest: Of what is encoded, by window.
    """

    id: uuid.UUID
    name: str
    kind: Kind
    source: Source
    is_active: bool
    is_archived: bool
    state: State
    agents: frozenset[str]
    searched: str
    started: int
    judged: dict[Window, Judgement]
    last_run_at: datetime | None
    next_run_at: datetime | None
    month_usd: Decimal | None
    valid_until: datetime
    encoded: dict[Window, bytes]
    digest: dict[Window, bytes]


@dataclass(frozen=True, slots=True)
class LiveFilters:
    """Which automations are asked for; empty sets let everything through, archived ones only come when asked for."""

    search: str = ""
    primitives: frozenset[Kind] = frozenset()
    types: frozenset[Source] = frozenset()
    severities: frozenset[Severity] = frozenset()
    states: frozenset[State] = frozenset()
    agents: frozenset[str] = frozenset()
    archived: frozenset[bool] = frozenset({False})
    window: Window = Window.RECENT

    def lets_through(self, one: Entry) -> bool:
        """Tell whether an automation is asked for, archived or not."""
        return (
            (not self.primitives or one.kind in self.primitives)
            and (not self.types or one.source in self.types)
            and (not self.severities or one.judged[self.window].severity in self.severities)
            and (not self.states or one.state in self.states)
            and (not self.agents or not self.agents.isdisjoint(one.agents))
            and (not self.search or self.search in one.searched)
        )

    def shows(self, one: Entry) -> bool:
        """Tell whether an automation is in the list."""
        return one.is_archived in self.archived and self.lets_through(one)


def searching(words: str | None) -> str:
    """Give a search as `LiveFilters` compares it."""
    return folded(words or "")


class Tally:
    """The summary of everything that some filters let through, kept up one automation at a time."""

    def __init__(self, filters: LiveFilters, rows: Iterable[Entry] = ()) -> None:
        """Count rows."""
        self.filters = filters
        self._counts: Counter[object] = Counter()
        self._known_usd = Decimal(0)
        for row in rows:
            self.count(row, 1)

    def count(self, one: Entry, by: int) -> None:
        """Count an automation in (1) or out (-1)."""
        if not self.filters.lets_through(one):
            return
        counts, judged = self._counts, one.judged[self.filters.window]
        if one.is_archived:
            counts["archived"] += by
        if one.is_archived not in self.filters.archived:
            return
        counts["total"] += by
        counts[one.kind] += by
        counts[judged.severity] += by
        counts["completed"] += by * judged.completed
        counts["failed"] += by * judged.failed
        if one.is_active and not one.is_archived:
            counts["active"] += by
        if one.source is Source.SCHEDULE:
            counts["scheduled"] += by
        if one.month_usd is not None:
            counts["known"] += by
            self._known_usd += by * one.month_usd

    def summary(self) -> LiveSummary:
        """Give the summary."""
        counts = self._counts
        return LiveSummary(
            total=counts["total"],
            active=counts["active"],
            archived=counts["archived"],
            by_primitive={kind: counts[kind] for kind in Kind},
            by_type=TypeCounts(scheduled=counts["scheduled"], triggered=counts["total"] - counts["scheduled"]),
            by_severity={band: counts[band] for band in Severity},
            overall_success_rate=success_rate(counts["completed"], counts["failed"]),
            needs_attention=sum(counts[band] for band in NEEDS_ATTENTION),
            est_monthly_cost=CostEstimate(
                mean=self._known_usd if counts["known"] else None, p90=None, sample=counts["known"]
            ),
        )
