"""The events that are known by name: those that automations wait for, and those that have arrived."""

from models.contracts.base import Contract, Instant


class EventName(Contract):
    """One event that the platform sends, or that an automation waits for."""

    name: str
    automations: int
    """How many wait for it."""
    last_at: Instant | None
    """When it last arrived; null where it has not been seen lately."""


class EventNames(Contract):
    """The events that are known, those that arrived last in front."""

    items: tuple[EventName, ...]
