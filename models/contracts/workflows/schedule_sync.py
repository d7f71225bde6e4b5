"""The result that schedule sync reports to Temporal."""

import uuid

from models.contracts.base import Stored


class SyncResult(Stored):
    """The result of one schedule sync."""

    automation_id: uuid.UUID
    """The automation."""
    revision: int
    """The revision of the row that Temporal now has."""
    action: str
    """`unchanged`, `created`, `updated` or `deleted`."""
