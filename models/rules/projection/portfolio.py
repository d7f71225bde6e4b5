"""Every automation that is projected, and the averages of its past runs.

A portfolio depends on the automations' rows alone, so it is built once per change of them and not per request.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from math import ceil
from uuid import UUID

import numpy as np
import numpy.typing as npt

from models.contracts.automations.drafts import Overlap
from models.kinds import Kind
from models.rules.arrays import Counts, Mask
from models.rules.projection.counts import slot_counts
from models.rules.projection.overlap import Fires, holds_back_from_ms, simulate_overlap
from models.rules.projection.plan import ProjectionPlan, make_plan
from models.rules.projection.starts import Timetable, make_timetable
from models.rules.schedule import Schedule
from models.states import Source

KINDS_IN_ORDER = tuple(Kind)


@dataclass(frozen=True, slots=True)
class ProjectedAutomation:
    """One automation.

    Attributes:
        schedule: None for a trigger.
        active: Whether its fires run: neither it nor its primitive is paused or archived. True for a snoozed one.
        members: In how many roles its primitive's runs call agents.
        snoozed_until: When it fires again; its schedule has no earlier due times.
    """

    id: UUID
    slug: str
    name: str
    kind: Kind
    source: Source
    primitive_id: UUID
    primitive_slug: str
    schedule: Schedule | None
    overlap: Overlap
    active: bool
    members: int
    snoozed_until: datetime | None = None


@dataclass(frozen=True)
class Portfolio:
    """Automations in a fixed order, with what can be computed before any window is known."""

    automations: tuple[ProjectedAutomation, ...]

    @cached_property
    def plan(self) -> ProjectionPlan:
        """The plan, a row for each automation; triggers and paused ones never fire in it."""
        return make_plan([one.schedule if one.active else None for one in self.automations])

    @cached_property
    def timetable(self) -> Timetable:
        """The plan's times of day."""
        return make_timetable(self.plan)

    @cached_property
    def indices(self) -> Mapping[UUID, int]:
        """Each automation's index."""
        return {one.id: index for index, one in enumerate(self.automations)}

    @cached_property
    def kinds(self) -> npt.NDArray[np.int64]:
        """Each automation's kind as its index in `KINDS_IN_ORDER`."""
        return np.array([KINDS_IN_ORDER.index(one.kind) for one in self.automations], dtype=np.int64)

    @cached_property
    def active(self) -> Mask:
        """Which automations' fires run."""
        return np.array([one.active for one in self.automations], dtype=np.bool_)

    @cached_property
    def holds_back_from_ms(self) -> npt.NDArray[np.int64]:
        """Above which mean duration an automation's runs drop or delay its later due times."""
        return np.array(
            [holds_back_from_ms(one.schedule if one.active else None, one.overlap) for one in self.automations],
            dtype=np.int64,
        )

    @cached_property
    def triggered(self) -> Mask:
        """Which automations are triggers."""
        return np.array([one.source is not Source.SCHEDULE for one in self.automations], dtype=np.bool_)

    @cached_property
    def triggers(self) -> tuple[UUID, ...]:
        """The active triggers."""
        return tuple(one.id for one in self.automations if one.source is not Source.SCHEDULE and one.active)

    def by_kind(self, counts: Counts) -> list[dict[Kind, int]]:
        """Sum rows x slots to one count per kind for each slot."""
        sums = np.stack([counts[self.kinds == index].sum(axis=0) for index, _ in enumerate(KINDS_IN_ORDER)])
        return [dict(zip(KINDS_IN_ORDER, column, strict=True)) for column in sums.T.tolist()]


def expected_end_ms(running: int, last_started_at: datetime | None, run_ms: int) -> int:
    """Return when the run that is going is expected to end, in milliseconds since 1970; 0 if none is going."""
    return int(last_started_at.timestamp() * 1000) + run_ms if running and last_started_at else 0


@dataclass(frozen=True, slots=True)
class RunAverages:
    """Averages of past runs, in the portfolio's order.

    Attributes:
        run_ms: The mean duration of a run; 0 if unknown.
        weights: How many agent runs one fire causes, see `cascade_weight`.
        busy_until_ms: When the run that is going is expected to end; 0 if none is going.
        mean_usd: The mean cost of a run; None if unknown.
        samples: How many costs are known.
    """

    run_ms: npt.NDArray[np.int64]
    weights: npt.NDArray[np.float64]
    busy_until_ms: npt.NDArray[np.int64]
    mean_usd: Sequence[Decimal | None]
    samples: Sequence[int]


def narrowed(portfolio: Portfolio, averages: RunAverages, chosen: Mask) -> tuple[Portfolio, RunAverages]:
    """Return the chosen automations only, with their averages."""
    if chosen.all():
        return portfolio, averages
    indices = np.flatnonzero(chosen).tolist()
    return (
        Portfolio(tuple(portfolio.automations[index] for index in indices)),
        RunAverages(
            averages.run_ms[chosen],
            averages.weights[chosen],
            averages.busy_until_ms[chosen],
            [averages.mean_usd[index] for index in indices],
            [averages.samples[index] for index in indices],
        ),
    )


def joined(
    portfolio: Portfolio, averages: RunAverages, others: Portfolio, others_averages: RunAverages
) -> tuple[Portfolio, RunAverages]:
    """Return two portfolios as one, with their averages."""
    return (
        Portfolio((*portfolio.automations, *others.automations)),
        RunAverages(
            np.append(averages.run_ms, others_averages.run_ms),
            np.append(averages.weights, others_averages.weights),
            np.append(averages.busy_until_ms, others_averages.busy_until_ms),
            [*averages.mean_usd, *others_averages.mean_usd],
            [*averages.samples, *others_averages.samples],
        ),
    )


def held_back(portfolio: Portfolio, averages: RunAverages, start: int, end: int) -> dict[int, Fires]:
    """Return, by index, what fires in [start, end) of automations whose runs outlast their intervals."""
    found = {}
    for index in np.flatnonzero(averages.run_ms > portfolio.holds_back_from_ms).tolist():
        one = portfolio.automations[index]
        if one.schedule is not None:
            run_ms, busy_until_ms = int(averages.run_ms[index]), int(averages.busy_until_ms[index])
            found[index] = simulate_overlap(one.schedule.due_instants(start, end), one.overlap, run_ms, busy_until_ms)
    return found


def fires_until(portfolio: Portfolio, averages: RunAverages, start: datetime, ends: Sequence[datetime]) -> Counts:
    """Return rows x ends: how often each schedule fires from `start` up to each end (ascending); 0 for triggers."""
    edges = np.array([ceil(moment.timestamp()) for moment in (start, *ends)], dtype=np.int64)
    counts = slot_counts(portfolio.plan, edges).cumsum(axis=1, dtype=np.int32)
    for index, held in held_back(portfolio, averages, int(edges[0]), int(edges[-1])).items():
        counts[index] = np.searchsorted(held.due, edges[1:])
    return counts
