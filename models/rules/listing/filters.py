"""The live list as a rule: who is let through, what all of them come to. No I/O and no clock.

The rule kept here: a list and its summary are judged by the same facts of the same automations.
"""

import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from models.contracts.live import CostEstimate, Facets, LiveSummary, TypeCounts
from models.kinds import Kind
from models.rules.listing.search import Relevance, folded, relevance
from models.rules.listing.severity import NEEDS_ATTENTION, severity, success_rate
from models.states import Severity, Source, State, Window

NOTHING = -1
"""No facet: all filters let an automation through."""


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
class Starting:
    """A span of time, and the automations whose clock starts a run in it.

    Attributes:
        since: Its first instant.
        until: The first instant after it.
        ids: What starts in it, as the projection tells.
    """

    since: datetime
    until: datetime
    ids: frozenset[uuid.UUID]


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
    starting: Starting | None = None

    def lets_through(self, one: Entry) -> bool:
        """Tell whether an automation is asked for, archived or not."""
        return self._holds_beside(one) and not any(self._refusals(one))

    def refusing_facet(self, one: Entry) -> int | None:
        """Tell which facet alone (its place in `facet_values`) keeps an automation out.

        `NOTHING` where nothing does; None where several do, or anything that is no facet.
        """
        if not self._holds_beside(one):
            return None
        refusals = self._refusals(one)
        if True not in refusals:
            return NOTHING
        return refusals.index(True) if sum(refusals) == 1 else None

    def _refusals(self, one: Entry) -> tuple[bool, bool, bool, bool]:
        return (
            bool(self.primitives) and one.kind not in self.primitives,
            bool(self.types) and one.source not in self.types,
            bool(self.severities) and one.judged[self.window].severity not in self.severities,
            bool(self.states) and one.state not in self.states,
        )

    def _holds_beside(self, one: Entry) -> bool:
        return (
            (not self.agents or not self.agents.isdisjoint(one.agents))
            and (not self.search or self.search in one.searched)
            and (self.starting is None or one.id in self.starting.ids)
        )

    def shows(self, one: Entry) -> bool:
        """Tell whether an automation is in the list."""
        return one.is_archived in self.archived and self.lets_through(one)

    def relevance(self, one: Entry) -> Relevance:
        return relevance(one.searched, self.search)


def facet_values(one: Entry, window: Window) -> tuple[Kind, Source, Severity, State]:
    """Give what an automation counts as in each facet."""
    return one.kind, one.source, one.judged[window].severity, one.state


def searching(words: str | None) -> str:
    """Give a search as `LiveFilters` compares it."""
    return folded(words or "")


class Tally:
    """The summary of everything that some filters let through, kept up one automation at a time."""

    def __init__(self, filters: LiveFilters, rows: Iterable[Entry] = ()) -> None:
        """Count rows."""
        self.filters = filters
        self._counts: Counter[str] = Counter()
        self._facets: tuple[Counter[object], ...] = (Counter(), Counter(), Counter(), Counter())
        self._shown: tuple[Counter[object], ...] = (Counter(), Counter(), Counter(), Counter())
        self._known_usd = Decimal(0)
        for row in rows:
            self.count(row, 1)

    def count(self, one: Entry, by: int) -> None:
        """Count an automation in (1) or out (-1)."""
        refusing = self.filters.refusing_facet(one)
        if refusing is None:
            return
        if one.is_archived and refusing == NOTHING:
            self._counts["archived"] += by
        if one.is_archived not in self.filters.archived:
            return
        values = facet_values(one, self.filters.window)
        for place, value in enumerate(values):
            if refusing in (NOTHING, place):
                self._facets[place][value] += by
        if refusing == NOTHING:
            self._count_shown(one, by)

    def _count_shown(self, one: Entry, by: int) -> None:
        counts, judged = self._counts, one.judged[self.filters.window]
        for place, value in enumerate(facet_values(one, self.filters.window)):
            self._shown[place][value] += by
        counts["total"] += by
        counts["completed"] += by * judged.completed
        counts["failed"] += by * judged.failed
        if one.is_active and not one.is_archived:
            counts["active"] += by
        if one.month_usd is not None:
            counts["known"] += by
            self._known_usd += by * one.month_usd

    def summary(self) -> LiveSummary:
        """Give the summary."""
        counts = self._counts
        kinds, sources, bands, _ = self._shown
        scheduled = sources[Source.SCHEDULE]
        return LiveSummary(
            total=counts["total"],
            active=counts["active"],
            archived=counts["archived"],
            by_primitive={kind: kinds[kind] for kind in Kind},
            by_type=TypeCounts(scheduled=scheduled, triggered=counts["total"] - scheduled),
            by_severity={band: bands[band] for band in Severity},
            overall_success_rate=success_rate(counts["completed"], counts["failed"]),
            overall_severity=severity(counts["completed"], counts["failed"]),
            needs_attention=sum(bands[band] for band in NEEDS_ATTENTION),
            est_monthly_cost=CostEstimate(
                mean=self._known_usd if counts["known"] else None, p90=None, sample=counts["known"]
            ),
            facets=self._facets_view(),
        )

    def _facets_view(self) -> Facets:
        kinds, sources, bands, states = self._facets
        return Facets(
            primitive={kind: kinds[kind] for kind in Kind},
            type={source: sources[source] for source in Source},
            severity={band: bands[band] for band in Severity},
            state={state: states[state] for state in State},
        )
