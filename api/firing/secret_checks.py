"""Refuses secrets and header names that can never verify a webhook or would expose the secret."""

import base64
import binascii

from api.firing.intake import KEPT_HEADERS
from models.contracts.automations.drafts import SlackConfig, Verification, WebhookConfig
from models.contracts.base import REDACTED
from models.errors import Invalid
from runtime.security.signing import STANDARD_PREFIX

MIN_SECRET_LENGTH = 4
SIGNATURE_PREFIXES = ("v1,", "v1a,", "sha256=", "sha1=", "v0=")
UNFIT_HEADERS = KEPT_HEADERS | {
    "accept",
    "accept-encoding",
    "baggage",
    "connection",
    "content-length",
    "expect",
    "host",
    "te",
    "trailer",
    "traceparent",
    "tracestate",
    "transfer-encoding",
    "upgrade",
    "webhook-signature",
    "svix-signature",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-hub-signature-256",
    "x-slack-signature",
}
"""Headers that are stored, logged, or set by the connection itself."""


def check_webhook(config: WebhookConfig) -> None:
    """Raise `Invalid` for a secret or header name that cannot work."""
    for field, secret in (("secret", config.secret), ("previousSecret", config.previous_secret)):
        check_secret(config.verification, secret, f"webhook.{field}")
    if config.verification is Verification.HEADER and config.header.lower() in UNFIT_HEADERS:
        raise Invalid(
            f"{config.header} cannot carry the secret: it is stored, logged or set by the connection",
            field="webhook.header",
            hint="Use a header of its own, such as X-Podium-Secret.",
        )


def check_slack(config: SlackConfig) -> None:
    """Raise `Invalid` for a signing secret that cannot work."""
    for field, secret in (("secret", config.secret), ("previousSecret", config.previous_secret)):
        check_secret(Verification.SLACK, secret, f"slack.{field}")


def check_secret(method: Verification, secret: str | None, field: str) -> None:
    """Raise `Invalid` for a secret that can never verify; references to the environment are read at each request."""
    if method is Verification.NONE or secret is None or secret == REDACTED or secret.startswith("env:"):
        return
    if secret != secret.strip() or not secret.isprintable():
        raise Invalid("a secret must not contain line breaks, control characters or surrounding spaces", field=field)
    if secret.startswith(SIGNATURE_PREFIXES):
        raise Invalid(
            "this looks like a signature, not like a secret", field=field, hint="Send the secret without its prefix."
        )
    if method is Verification.HEADER and not secret.isascii():
        raise Invalid("a secret that is sent as a header must be ASCII", field=field)
    if method is Verification.STANDARD and secret.startswith(STANDARD_PREFIX):
        _check_base64(secret.removeprefix(STANDARD_PREFIX), field)
    elif len(secret) < MIN_SECRET_LENGTH:
        raise Invalid(f"a secret must have at least {MIN_SECRET_LENGTH} characters", field=field)


def _check_base64(encoded: str, field: str) -> None:
    hint = "Send whsec_<base64>, or a secret without whsec_."
    try:
        # The library accepts base64 with or without padding.
        bare = encoded.rstrip("=")
        key = base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise Invalid("what follows whsec_ is not base64", field=field, hint=hint) from None
    if len(key) < MIN_SECRET_LENGTH:
        raise Invalid(f"what follows whsec_ must have at least {MIN_SECRET_LENGTH} bytes", field=field, hint=hint)
