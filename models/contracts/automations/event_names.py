"""Event names: those that automations wait for, and those that have arrived."""

from models.contracts.base import Contract, Instant


class EventName(Contract):
    """A known event name."""

    name: str
    automations: int
    """Number of automations that listen to it."""
    last_at: Instant | None
    """When it last arrived. null: not recently."""


class EventNames(Contract):
    """Known events, the latest first."""

    items: tuple[EventName, ...]
