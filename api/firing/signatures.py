"""Verifies signatures of deliveries over the raw bytes, with up to two live secrets each.

Comparisons take constant time, timestamps may be five minutes off, and an error never says which check failed.
"""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Mapping, Sequence

from standardwebhooks import WebhookVerificationError
from standardwebhooks.webhooks import EmptyWebhookSecretError

from models.contracts.automations import Verification
from models.contracts.base import REDACTED
from models.errors import BadSignature, Invalid
from runtime.signing import STANDARD_PREFIX, signing_key

TOLERANCE_SECONDS = 300
NEW_SECRET_BYTES = 24
# Bounded: Python refuses to parse integers of thousands of digits.
_TIMESTAMP = re.compile(r"[0-9]{1,12}")


def verify(
    method: Verification, live: Sequence[str], headers: Mapping[str, str], body: bytes, secret_header: str
) -> None:
    """Check a delivery against any of the live secrets.

    Args:
        method: How the sender authenticates.
        live: The live secrets in clear text.
        headers: The request's headers; lookup ignores case.
        body: The raw bytes that were signed.
        secret_header: The header that holds a shared secret, for `Verification.HEADER`.

    Raises:
        BadSignature: no secret matches, or the timestamp is too old or too new.
    """
    if method is Verification.NONE:
        return
    if not any(_is_signed(method, secret, headers, body, secret_header) for secret in live):
        raise BadSignature("the signature, its timestamp or the secret does not verify")


def _is_signed(method: Verification, secret: str, headers: Mapping[str, str], body: bytes, secret_header: str) -> bool:
    match method:
        case Verification.STANDARD:
            return is_standard_signature(secret, headers, body)
        case Verification.GITHUB:
            expected = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
            return _same(expected, headers.get("x-hub-signature-256", ""))
        case Verification.SLACK:
            return is_slack_signature(secret, headers, body)
        case Verification.HEADER:
            return _same(secret, headers.get(secret_header, ""))
        case Verification.NONE:
            return True


def is_standard_signature(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    """A secret without `whsec_` is used as plain text."""
    wanted = ("webhook-id", "webhook-timestamp", "webhook-signature")
    try:
        key = signing_key(secret)
        key.verify(body, {name: headers.get(name, "") for name in wanted}, json_parse=False)
    except (WebhookVerificationError, EmptyWebhookSecretError, ValueError):
        # The library passes on whatever malformed headers or undecodable bytes raise.
        return False
    return True


def is_slack_signature(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Slack's scheme v0, at most five minutes old."""
    timestamp = headers.get("x-slack-request-timestamp", "")
    if not _TIMESTAMP.fullmatch(timestamp) or abs(time.time() - int(timestamp)) > TOLERANCE_SECONDS:
        return False
    signed = b"v0:" + timestamp.encode() + b":" + body
    expected = "v0=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return _same(expected, headers.get("x-slack-signature", ""))


def new_secret() -> str:
    """Generate a secret in the format of Standard Webhooks; every other method accepts it too."""
    return STANDARD_PREFIX + base64.b64encode(secrets.token_bytes(NEW_SECRET_BYTES)).decode()


def check_secret(method: Verification, secret: str | None, field: str) -> None:
    """Raise `Invalid` when saving a Standard Webhooks secret that could never verify anything."""
    if method is not Verification.STANDARD or secret in (None, REDACTED) or not secret.startswith(STANDARD_PREFIX):
        return
    try:
        # The library accepts base64 with or without padding.
        bare = secret.removeprefix(STANDARD_PREFIX).rstrip("=")
        base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
        signing_key(secret)
    except (binascii.Error, EmptyWebhookSecretError):
        raise Invalid(
            "what follows whsec_ is not base64", field=field, hint="Send whsec_<base64>, or a secret without whsec_."
        ) from None


def _same(expected: str, given: str) -> bool:
    return hmac.compare_digest(expected.encode(), given.encode())
