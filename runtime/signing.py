"""Standard Webhooks keys, read in one way whether we sign or verify."""

from standardwebhooks.webhooks import Webhook

STANDARD_PREFIX = "whsec_"


def signing_key(secret: str) -> Webhook:
    """Give the key of a secret: base64 behind `whsec_`, any other text as it is.

    Raises:
        ValueError: what follows `whsec_` is no base64.
        EmptyWebhookSecretError: the secret is empty.
    """
    return Webhook(secret) if secret.startswith(STANDARD_PREFIX) else Webhook(secret.encode())
