"""The filters of the live list, and the summary of what passes them: both judge the same facts."""

import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from models.contracts.automations.live import CostEstimate, Facets, LiveSummary, TypeCounts
from models.kinds import Kind
from models.rules.health import success_rate
from models.rules.listing.rendering import Rendering
from models.rules.listing.search import Relevance, folded, relevance
from models.rules.listing.severity import NEEDS_ATTENTION, severity
from models.states import AutomationState, Severity, Source, Window

NOTHING = -1
"""No facet rejects the automation."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """An automation's results within one window."""

    completed: int
    failed: int
    severity: Severity

    @property
    def rate(self) -> float | None:
        """The success rate in percent; None before the first finished run."""
        return success_rate(self.completed, self.failed)


@dataclass(frozen=True, slots=True)
class Entry:
    """One automation in the live list.

    Attributes:
        agents: Slugs and ids of the agents that it runs or whose runs it makes.
        month_usd: The cost of the coming month; None if unknown.
        searched: The text that is searched, see `search.haystack`.
        valid_until: Until when the entry stays the same if only time passes.
        rendering: Its JSON.
    """

    id: uuid.UUID
    slug: str
    name: str
    kind: Kind
    source: Source
    is_active: bool
    is_archived: bool
    state: AutomationState
    agents: frozenset[str]
    searched: str
    started: int
    judged: dict[Window, Judgement]
    last_run_at: datetime | None
    next_run_at: datetime | None
    month_usd: Decimal | None
    valid_until: datetime
    rendering: Rendering


@dataclass(frozen=True, slots=True)
class Starting:
    """A span of time, and the schedules that start a run in it.

    Attributes:
        since: Its first instant.
        until: The first instant after it.
        ids: The schedules, by the projection.
    """

    since: datetime
    until: datetime
    ids: frozenset[uuid.UUID]


@dataclass(frozen=True, slots=True)
class LiveFilters:
    """The filters of the list. An empty set does not filter; archived automations are included only if asked for."""

    search: str = ""
    primitives: frozenset[Kind] = frozenset()
    types: frozenset[Source] = frozenset()
    severities: frozenset[Severity] = frozenset()
    states: frozenset[AutomationState] = frozenset()
    agents: frozenset[str] = frozenset()
    archived: frozenset[bool] = frozenset({False})
    window: Window = Window.RECENT
    starting: Starting | None = None

    def passes(self, one: Entry) -> bool:
        """Return whether an automation passes all filters but the one for archived ones."""
        return self._passes_others(one) and not any(self._refusals(one))

    def refusing_facet(self, one: Entry) -> int | None:
        """Return the index in `facet_values` of the only facet that rejects an automation.

        `NOTHING` if no filter rejects it; None if several facets or another filter do.
        """
        if not self._passes_others(one):
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

    def _passes_others(self, one: Entry) -> bool:
        return (
            (not self.agents or not self.agents.isdisjoint(one.agents))
            and (not self.search or self.search in one.searched)
            and (self.starting is None or one.id in self.starting.ids)
        )

    def shows(self, one: Entry) -> bool:
        return one.is_archived in self.archived and self.passes(one)

    def relevance(self, one: Entry) -> Relevance:
        return relevance(one.searched, self.search)


def facet_values(one: Entry, window: Window) -> tuple[Kind, Source, Severity, AutomationState]:
    """Return the automation's value of each facet."""
    return one.kind, one.source, one.judged[window].severity, one.state


def searching(words: str | None) -> str:
    """Return search words in the form that `LiveFilters.search` compares."""
    return folded(words or "")


class Tally:
    """The summary of everything that passes some filters, updated one automation at a time."""

    def __init__(self, filters: LiveFilters, rows: Iterable[Entry] = ()) -> None:
        self.filters = filters
        self._counts: Counter[str] = Counter()
        self._facets: tuple[Counter[object], ...] = (Counter(), Counter(), Counter(), Counter())
        self._shown: tuple[Counter[object], ...] = (Counter(), Counter(), Counter(), Counter())
        self._known_usd = Decimal(0)
        for row in rows:
            self.count(row, 1)

    def count(self, one: Entry, by: int) -> None:
        """Add (1) or remove (-1) an automation."""
        refusing = self.filters.refusing_facet(one)
        if refusing is None:
            return
        if one.is_archived and refusing == NOTHING:
            self._counts["archived"] += by
        if one.is_archived not in self.filters.archived:
            return
        values = facet_values(one, self.filters.window)
        for facet, value in enumerate(values):
            if refusing in (NOTHING, facet):
                self._facets[facet][value] += by
        if refusing == NOTHING:
            self._count_shown(one, by)

    def _count_shown(self, one: Entry, by: int) -> None:
        counts, judged = self._counts, one.judged[self.filters.window]
        for facet, value in enumerate(facet_values(one, self.filters.window)):
            self._shown[facet][value] += by
        counts["total"] += by
        counts["completed"] += by * judged.completed
        counts["failed"] += by * judged.failed
        if one.is_active and not one.is_archived:
            counts["active"] += by
        if one.month_usd is not None:
            counts["known"] += by
            self._known_usd += by * one.month_usd

    def summary(self) -> LiveSummary:
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
            state={state: states[state] for state in AutomationState},
        )
