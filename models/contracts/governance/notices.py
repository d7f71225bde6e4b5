"""Notices: what people are told about changes that nobody made."""

import uuid
from enum import StrEnum

from models.contracts.base import Contract, Instant
from models.contracts.runs.views import AutomationRef


class NoticeSeverity(StrEnum):
    """How urgent a notice is."""

    INFO = "info"
    """Something has become better, or is as expected."""
    WARNING = "warning"
    """Something has become worse."""
    CRITICAL = "critical"
    """Something has stopped, and somebody should look at it."""


class NoticeDelivery(Contract):
    """The state of a notice on one channel."""

    channel: str
    """The channel, without its secrets."""
    sent_at: Instant | None
    """When it was sent."""
    attempts: int
    """How often it was tried."""
    error: str | None
    """Why the last attempt failed."""


class NoticeView(Contract):
    """A notice."""

    id: uuid.UUID
    """Its id; also the `webhook-id` of its message."""
    at: Instant
    """When it happened."""
    kind: str
    """What happened, such as `health.disable`: the action in the audit log."""
    severity: NoticeSeverity
    """How urgent it is."""
    automation: AutomationRef | None
    """The automation that it is about. null: the whole installation."""
    title: str
    """What happened, in a sentence."""
    text: str
    """Why, and what happens next."""
    repeats: int
    """How many similar notices followed within a day and were not sent."""
    seen_at: Instant | None
    """When somebody marked it as seen. null: nobody has."""
    seen_by: str | None
    """Who did."""
    deliveries: tuple[NoticeDelivery, ...]
    """Where it was sent to."""


class SeenRequest(Contract):
    """Which notices somebody has seen."""

    until: Instant
    """All that are not newer than this: `at` of the newest one that was shown."""


class SeenNotices(Contract):
    """The result of marking notices as seen."""

    seen: int
    """How many had not been seen before."""


class NoticePage(Contract):
    """A page of notices, newest first."""

    items: tuple[NoticeView, ...]
    """The notices."""
    next_cursor: str | None
    """Cursor of the next page. null: this is the last one."""
    unseen: int
    """How many notices nobody has seen yet; counted up to 1000."""
