"""Signed tokens with which an agent that accepted a call answers it later, at `POST /api/callbacks/{token}`.

A token identifies one run and authorises its answer, and nothing else. It expires with the call's time limit.
"""

import time
import uuid
from datetime import timedelta

from itsdangerous import BadData

from models.errors import BadSignature, CallbackExpired
from runtime.security.signing import callback_tokens
from runtime.settings import Settings

GRACE_SECONDS = 60.0
"""For clocks that differ, and for an answer that is under way when the time limit passes."""


def callback_url(settings: Settings, run_id: uuid.UUID, limit: timedelta) -> str:
    """Return the address that the agent of a run calls back within its time limit."""
    expires_at = int(time.time() + limit.total_seconds() + GRACE_SECONDS)
    return f"{settings.base_url}/api/callbacks/{callback_tokens(settings).dumps([run_id.hex, expires_at])}"


def run_of_token(settings: Settings, token: str) -> uuid.UUID:
    """Read the run from a token.

    Raises:
        BadSignature: Podium has not signed it.
        CallbackExpired: its time limit has passed.
    """
    try:
        found = callback_tokens(settings).loads(token)
        # Tokens of earlier versions name only the run; runs that were open during an upgrade still hold them.
        run, expires_at = (found, None) if isinstance(found, str) else found
        run_id = uuid.UUID(hex=run)
    except (BadData, ValueError, TypeError, AttributeError):
        raise BadSignature("this is not a callback address that Podium issued") from None
    if expires_at is not None and time.time() > expires_at:
        raise CallbackExpired("the time limit of the agent's call has passed, so its answer is no longer accepted")
    return run_id
