"""Decides what of the chosen schedules may move, and lays out the week for the planner."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

import numpy as np

from models.rules.arrays import Mask
from models.rules.projection.portfolio import Portfolio, RunAverages
from models.rules.spread.fixed import WHY, Edge, SpreadFacts, slack_of, too_close, why_fixed
from models.rules.spread.places import Leeway, Week, lay_out
from models.rules.spread.shifts import ClosedWindow
from models.rules.spread.week import WeekLoad
from models.states import FixedReason

_STAYS = np.zeros(1, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """What the row of a schedule says about moving it."""

    facts: SpreadFacts
    cron_expr: str
    spread_from: str | None
    revision: int

    @property
    def wanted(self) -> str:
        """The cron that people wrote."""
        return self.spread_from or self.cron_expr


@dataclass(frozen=True, slots=True)
class Stays:
    """A chosen schedule that cannot move, by its index in the portfolio."""

    place: int
    reason: FixedReason
    text: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """The input of the planner, and what it leaves out."""

    week: Week
    fixed: Sequence[Stays]


def prepare(
    portfolio: Portfolio,
    averages: RunAverages,
    rows: Mapping[UUID, ScheduleRow],
    dependencies: Iterable[tuple[UUID, UUID]],
    chosen: Mask,
    start: int,
    *,
    slack: int = 0,
    closed: Sequence[ClosedWindow] = (),
) -> Prepared:
    """Lay out the week that begins at `start`; only chosen schedules move.

    Args:
        portfolio: Every automation, for they all are load.
        averages: Their runs.
        rows: The schedules by id.
        dependencies: Pairs of the automation that needs another, and the one that it needs.
        chosen: Which may be moved.
        start: The first second of the week.
        slack: The minutes for those that have none of their own.
        closed: Times of day that are refused.
    """
    fixed, leeways = dict[int, Stays](), dict[int, Leeway]()
    for place in np.flatnonzero(chosen).tolist():
        one = portfolio.automations[place]
        row = rows.get(one.id)
        if row is None:
            continue
        minutes = slack_of(row.facts, slack)
        reason = why_fixed(row.facts, minutes)
        if reason is None and one.schedule is None:
            reason = FixedReason.UNREADABLE
        if reason is None:
            leeways[place] = Leeway(row.wanted, minutes)
        else:
            fixed[place] = Stays(place, reason, WHY[reason])
    week = lay_out(portfolio, averages, start, leeways, closed)
    for index, stays in _close_ones(portfolio, week, dependencies):
        week.loads[index] = replace(week.loads[index], shifts=_STAYS)
        if stays.place in leeways:
            fixed[stays.place] = stays
    for place, load in zip(week.places, week.loads, strict=True):
        if place in leeways and not load.may_move:
            fixed.setdefault(place, Stays(place, FixedReason.NO_PLACE, WHY[FixedReason.NO_PLACE]))
    by_slug = sorted(fixed.values(), key=lambda stays: portfolio.automations[stays.place].slug)
    return Prepared(week, by_slug)


def _close_ones(
    portfolio: Portfolio, week: Week, dependencies: Iterable[tuple[UUID, UUID]]
) -> Iterable[tuple[int, Stays]]:
    """Yield both ends of each dependency that leaves no time to move them, by index in the week."""
    indices = {portfolio.automations[place].id: index for index, place in enumerate(week.places)}
    edges = [
        Edge(indices[parent], indices[child])
        for child, parent in dependencies
        if parent in indices and child in indices
    ]
    for parent, child in too_close(week.loads, edges):
        before, after = (portfolio.automations[week.places[index]].slug for index in (parent, child))
        for index, text in ((parent, f"{after} needs it soon after"), (child, f"it needs {before} soon before")):
            yield index, Stays(week.places[index], FixedReason.DEPENDENCY, f"{text}: moving could change the order")


def plan_id(prepared: Prepared, portfolio: Portfolio, rows: Mapping[UUID, ScheduleRow], question: str) -> UUID:
    """Return the id of the plan: a hash of the question and of everything that the answer depends on."""
    digest = hashlib.sha256(f"{question} {prepared.week.start}".encode())
    for place, load in zip(prepared.week.places, prepared.week.loads, strict=True):
        one = portfolio.automations[place]
        revision = rows[one.id].revision if one.id in rows else 0
        digest.update(f"{one.id} {revision} {load.weight} {load.lasts} {load.wanted}".encode())
        digest.update(_bytes(load))
    return UUID(bytes=digest.digest()[:16])


def _bytes(load: WeekLoad) -> bytes:
    return load.fires.tobytes() + b"/" + load.shifts.tobytes()
