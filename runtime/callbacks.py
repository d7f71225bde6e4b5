"""Signed tokens with which an agent that accepted a call answers it later, at `POST /api/callbacks/{token}`.

A token identifies one run and authorises its answer, and nothing else.
"""

import uuid

from itsdangerous import BadData

from models.errors import BadSignature
from runtime.settings import Settings
from runtime.signing import callback_tokens


def callback_url(settings: Settings, run_id: uuid.UUID) -> str:
    """Return the address that the agent of a run calls back."""
    return f"{settings.base_url}/api/callbacks/{callback_tokens(settings).dumps(run_id.hex)}"


def run_of_token(settings: Settings, token: str) -> uuid.UUID:
    """Read the run from a token; raise `BadSignature` where Podium has not signed it."""
    try:
        return uuid.UUID(hex=callback_tokens(settings).loads(token))
    except (BadData, ValueError, TypeError, AttributeError):
        raise BadSignature("this is not a callback address that Podium issued") from None
