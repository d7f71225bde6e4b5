"""Every automation that is not archived, as the projection sees it; and what their runs so far tell of the next ones.

The rule kept here: a roster depends on the rows alone, so it is made once per change of them and not per request.
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

from models.contracts.automations import Overlap
from models.kinds import Kind
from models.rules.projection.counts import slot_counts
from models.rules.projection.overlap import Fires
from models.rules.projection.plan import Counts, Plan, Row, make_plan
from models.rules.projection.starts import Timetable, make_timetable
from models.rules.schedule_due import IDLE, holds_from_ms, played
from models.states import Source

Mask = npt.NDArray[np.bool_]
KINDS_IN_ORDER = tuple(Kind)


@dataclass(frozen=True, slots=True)
class Listed:
    """One automation.

    Attributes:
        row: Its schedule; None for a trigger.
        active: Whether its fires run: neither it nor its primitive is paused or archived.
        members: In how many roles its primitive's runs call agents.
    """

    id: UUID
    slug: str
    name: str
    kind: Kind
    source: Source
    primitive_id: UUID
    primitive_slug: str
    row: Row | None
    overlap: Overlap
    active: bool
    members: int


@dataclass(frozen=True)
class Roster:
    """All automations in the order of their names, and everything that can be made ready before it is asked."""

    automations: tuple[Listed, ...]

    @cached_property
    def plan(self) -> Plan:
        """Give the plan; a place for each automation, triggers and paused ones never fire in it."""
        return make_plan([one.row if one.row and one.active else IDLE for one in self.automations])

    @cached_property
    def timetable(self) -> Timetable:
        """Give the plan's times of day."""
        return make_timetable(self.plan)

    @cached_property
    def places(self) -> Mapping[UUID, int]:
        """Give each automation's place."""
        return {one.id: place for place, one in enumerate(self.automations)}

    @cached_property
    def kinds(self) -> npt.NDArray[np.int64]:
        """Give each automation's kind as its place in `KINDS_IN_ORDER`."""
        return np.array([KINDS_IN_ORDER.index(one.kind) for one in self.automations], dtype=np.int64)

    @cached_property
    def active(self) -> Mask:
        """Tell which automations' fires run."""
        return np.array([one.active for one in self.automations], dtype=np.bool_)

    @cached_property
    def holds_from_ms(self) -> npt.NDArray[np.int64]:
        """Give how long a run may take before it holds back later due times of its automation."""
        return np.array(
            [holds_from_ms(one.row if one.active else None, one.overlap) for one in self.automations], dtype=np.int64
        )

    @cached_property
    def triggered(self) -> Mask:
        """Tell which automations no clock fires."""
        return np.array([one.source is not Source.SCHEDULE for one in self.automations], dtype=np.bool_)

    @cached_property
    def triggers(self) -> tuple[UUID, ...]:
        """Give the triggers that are active."""
        return tuple(one.id for one in self.automations if one.source is not Source.SCHEDULE and one.active)

    def by_kind(self, counts: npt.NDArray[np.int32]) -> list[dict[Kind, int]]:
        """Sum rows x slots to what each slot has of each kind."""
        sums = np.stack([counts[self.kinds == place].sum(axis=0) for place, _ in enumerate(KINDS_IN_ORDER)])
        return [dict(zip(KINDS_IN_ORDER, column, strict=True)) for column in sums.T.tolist()]


@dataclass(frozen=True, slots=True)
class Experience:
    """What runs told so far, in the roster's order.

    Attributes:
        run_ms: How long a run takes on average; 0 where it is unknown.
        weights: How many agent runs one fire causes, see `cascade_weight`.
        busy_until_ms: When the run that is under way will end; 0 where none is.
        mean_usd: What a run costs on average; None where it is unknown.
        samples: How many costs are known.
    """

    run_ms: npt.NDArray[np.int64]
    weights: npt.NDArray[np.float64]
    busy_until_ms: npt.NDArray[np.int64]
    mean_usd: Sequence[Decimal | None]
    samples: Sequence[int]


def narrowed(roster: Roster, known: Experience, chosen: Mask) -> tuple[Roster, Experience]:
    """Give a roster of the chosen automations alone, and what their runs told."""
    if chosen.all():
        return roster, known
    places = np.flatnonzero(chosen).tolist()
    return (
        Roster(tuple(roster.automations[place] for place in places)),
        Experience(
            known.run_ms[chosen],
            known.weights[chosen],
            known.busy_until_ms[chosen],
            [known.mean_usd[place] for place in places],
            [known.samples[place] for place in places],
        ),
    )


def joined(roster: Roster, known: Experience, one: Listed, told: Experience) -> tuple[Roster, Experience]:
    """Give a roster with one automation more, and what its runs told."""
    return (
        Roster((*roster.automations, one)),
        Experience(
            np.append(known.run_ms, told.run_ms),
            np.append(known.weights, told.weights),
            np.append(known.busy_until_ms, told.busy_until_ms),
            [*known.mean_usd, *told.mean_usd],
            [*known.samples, *told.samples],
        ),
    )


def held_back(roster: Roster, known: Experience, start: int, end: int) -> dict[int, Fires]:
    """Return, by place, what fires in [start, end) of automations whose runs outlast their intervals."""
    found = {}
    for place in np.flatnonzero(known.run_ms > roster.holds_from_ms).tolist():
        one = roster.automations[place]
        if one.row is not None:
            lasts, busy_until = int(known.run_ms[place]), int(known.busy_until_ms[place])
            found[place] = played(one.row, one.overlap, lasts, busy_until, start, end)
    return found


def fires_until(roster: Roster, known: Experience, start: datetime, ends: Sequence[datetime]) -> Counts:
    """Return rows x ends: how often each schedule fires from `start` up to each end, which ascend; triggers never."""
    edges = np.array([ceil(moment.timestamp()) for moment in (start, *ends)], dtype=np.int64)
    counts = slot_counts(roster.plan, edges).cumsum(axis=1, dtype=np.int32)
    for place, held in held_back(roster, known, int(edges[0]), int(edges[-1])).items():
        counts[place] = np.searchsorted(held.due, edges[1:])
    return counts
