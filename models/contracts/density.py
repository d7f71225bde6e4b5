"""How much will start when, on the wire."""

import uuid
from collections.abc import Mapping

from models.contracts.base import Contract, Instant
from models.kinds import Kind


class SlotAutomation(Contract):
    """An automation that starts within a slot, and how often."""

    id: uuid.UUID
    name: str
    count: int


class DensitySlot(Contract):
    """One hour, from its start up to the next one's."""

    start: Instant
    """In the asked zone."""
    starts: int
    weighted_starts: float
    """Each start counted as the agent runs that one fire of its automation causes on average."""
    peak_concurrency: int
    """The most runs under way at one instant of the hour, as far as mean durations tell."""
    by_primitive: Mapping[Kind, int]
    automations: tuple[SlotAutomation, ...]
    """The busiest first."""
    automations_left_out: int
    """How many more start in this hour than `automations` names."""
    expected_arrivals: float
    """What triggers brought in the same hour of the past four weeks, on average; not part of `starts`."""


class DensityPeak(Contract):
    """The hour with the most starts."""

    start: Instant
    starts: int
    band: str
    """How crowded the hour is by its starts: low (1 to 3), medium (4 to 7) or high (8 and more)."""
    by_primitive: Mapping[Kind, int]
    text: str


class Density(Contract):
    """Starts by hour; the first hour is the one that is under way, whole."""

    timezone: str
    slots: tuple[DensitySlot, ...]
    peak: DensityPeak | None
