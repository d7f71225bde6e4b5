"""API keys on the wire."""

import uuid

from models.contracts.base import Contract, Instant, Name
from models.states import Scope


class KeyDraft(Contract):
    """A key to make."""

    name: Name
    scope: Scope = Scope.READ


class KeyView(Contract):
    """A key as it is listed: never the key itself."""

    id: uuid.UUID
    name: str
    prefix: str
    scope: Scope
    created_at: Instant
    created_by: str | None
    last_used_at: Instant | None
    revoked_at: Instant | None


class NewKey(KeyView):
    """A key just made: the only time that it is shown."""

    key: str
