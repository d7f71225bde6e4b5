"""The keys with which Podium signs calls and verifies deliveries, and signs its own tokens.

Every reader of a Standard Webhooks secret and every token goes through here, so that signing and verifying agree.
"""

import base64

from itsdangerous import URLSafeSerializer, URLSafeTimedSerializer
from standardwebhooks.webhooks import Webhook

from runtime.security.keyring import secret_key
from runtime.settings import Settings

STANDARD_PREFIX = "whsec_"
CALLBACK_SALT = "podium callback"
SIGN_IN_SALT = "podium sign-in"
MESSAGE_SALT = "podium message"
CHAIN_SALT = "podium chain"


def signing_key(secret: str) -> Webhook:
    """Return the Standard Webhooks key of a secret: base64 after `whsec_`, otherwise the text itself.

    Raises:
        ValueError: what follows `whsec_` is not base64.
        EmptyWebhookSecretError: the secret is empty.
    """
    return Webhook(secret) if secret.startswith(STANDARD_PREFIX) else Webhook(secret.encode())


def signing_key_bytes(secret: str) -> bytes:
    """Return the same key as bytes, to verify bodies that are not text; raise `ValueError` if it is not a key."""
    if not secret.startswith(STANDARD_PREFIX):
        return secret.encode()
    # As the library reads it: padded or not.
    return base64.b64decode(secret.removeprefix(STANDARD_PREFIX) + "==")


def callback_tokens(settings: Settings) -> URLSafeSerializer:
    """Return the signer of callback addresses, which carry the time at which they expire."""
    return URLSafeSerializer(_oldest_first(settings), salt=CALLBACK_SALT)


def sign_in_tokens(settings: Settings) -> URLSafeTimedSerializer:
    """Return the signer of sign-in links, which carry the time of signing."""
    return URLSafeTimedSerializer(_oldest_first(settings), salt=SIGN_IN_SALT)


def message_proofs(settings: Settings) -> URLSafeSerializer:
    """Return the signer of messages that the API sends to Temporal workflows."""
    return URLSafeSerializer(_oldest_first(settings), salt=MESSAGE_SALT)


def chain_tokens(settings: Settings) -> URLSafeSerializer:
    """Return the signer of the headers that name the run by which a request is made."""
    return URLSafeSerializer(_oldest_first(settings), salt=CHAIN_SALT)


def _oldest_first(settings: Settings) -> list[str]:
    # itsdangerous signs with the last key and verifies with all; our settings list the newest first.
    return [key.strip() for key in secret_key(settings).split(",") if key.strip()][::-1]
