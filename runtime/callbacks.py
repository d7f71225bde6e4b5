"""Signed tokens by which an agent that accepted a call answers it later, at `POST /api/callbacks/{token}`.

The rule kept here: the token alone names the run and proves the right to answer it, and only that.
"""

import uuid

from itsdangerous import BadData, URLSafeSerializer

from models.errors import BadSignature
from runtime.keyring import secret_key
from runtime.settings import Settings


def callback_url(settings: Settings, run_id: uuid.UUID) -> str:
    """Return where the agent of a run calls back."""
    return f"{settings.base_url}/api/callbacks/{_serializer(settings).dumps(run_id.hex)}"


def run_of_token(settings: Settings, token: str) -> uuid.UUID:
    """Read the run from a token; raise `BadSignature` unless we signed it."""
    try:
        return uuid.UUID(hex=_serializer(settings).loads(token))
    except (BadData, ValueError, TypeError, AttributeError):
        raise BadSignature("this is no callback address that we gave out") from None


def _serializer(settings: Settings) -> URLSafeSerializer:
    newest_first = [key.strip() for key in secret_key(settings).split(",") if key.strip()]
    return URLSafeSerializer(newest_first[::-1], salt="podium callback")
