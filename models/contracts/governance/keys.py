"""API keys."""

import uuid

from models.contracts.base import Contract, Instant, Name
from models.states import Scope


class KeyDraft(Contract):
    """An API key to create."""

    name: Name
    """Name shown as the actor in the audit log."""
    scope: Scope = Scope.READ
    """What the key may do: `read`, `operate` or `admin`; each includes the ones before."""


class KeyView(Contract):
    """An API key as it is listed, without the key itself."""

    id: uuid.UUID
    """Id of the key."""
    name: str
    """Its name."""
    prefix: str
    """The first characters of the key, to recognise it."""
    scope: Scope
    """What it may do."""
    is_administrator: bool
    """Whether it is the administrator's key, which Podium made and for which sign-in links stand."""
    created_at: Instant
    """When it was created."""
    created_by: str | None
    """Name of the key that created it; of the administrator's key `podium`."""
    last_used_at: Instant | None
    """When it was last used, to about a minute. null: never."""
    revoked_at: Instant | None
    """When it was revoked. null: active."""


class NewKey(KeyView):
    """A key that was just created."""

    key: str
    """The key itself, shown only this once."""
