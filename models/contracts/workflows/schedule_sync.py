"""What schedule sync reports to Temporal."""

import uuid

from models.contracts.base import Stored


class SyncResult(Stored):
    """What one schedule sync did."""

    automation_id: uuid.UUID
    """The automation."""
    revision: int
    """The revision of the row that Temporal now has."""
    action: str
    """`unchanged`, `created`, `updated` or `deleted`."""
