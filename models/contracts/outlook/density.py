"""Density: how many runs start in each coming hour."""

import uuid
from collections.abc import Mapping

from models.contracts.base import Contract, Instant
from models.kinds import Kind


class SlotAutomation(Contract):
    """An automation that starts runs within an hour, and how many."""

    id: uuid.UUID
    name: str
    count: int


class DensitySlot(Contract):
    """One hour."""

    start: Instant
    """Start of the hour in the requested time zone."""
    starts: int
    weighted_starts: float
    """Starts, weighted by the agent runs that a fire of the automation causes on average."""
    peak_concurrency: int
    """Maximum of runs open at the same time, estimated from mean durations."""
    by_primitive: Mapping[Kind, int]
    kinds_text: str
    """`byPrimitive` in words, such as `8 agents, 1 campaign`."""
    automations: tuple[SlotAutomation, ...]
    """The busiest first."""
    automations_left_out: int
    """Number of further automations that start in this hour."""
    expected_arrivals: float
    """Mean number of triggered runs in this hour of the last four weeks; not part of `starts`."""


class DensityPeak(Contract):
    """The hour with the most starts."""

    start: Instant
    starts: int
    band: str
    """`low` (1 to 3 starts), `medium` (4 to 7) or `high` (8 or more)."""
    by_primitive: Mapping[Kind, int]
    kinds_text: str
    """`byPrimitive` in words."""
    text: str


class Density(Contract):
    """Starts by hour. The first hour is the current one, as a whole."""

    timezone: str
    slots: tuple[DensitySlot, ...]
    peak: DensityPeak | None
