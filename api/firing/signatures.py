"""Proves who sent a delivery, over the raw bytes, with up to two live secrets.

The rule kept here: comparisons take constant time, timestamps may be five minutes off, and a refusal says nothing
that helps to forge.
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
# No more digits than a number that can be read and compared with the clock.
_TIMESTAMP = re.compile(r"[0-9]{1,12}")


def verify(
    method: Verification, live: Sequence[str], headers: Mapping[str, str], body: bytes, secret_header: str
) -> None:
    """Let a delivery through that one of the secrets vouches for.

    Args:
        method: How its sender proves itself.
        live: The live secrets in clear.
        headers: The request's headers, looked up without regard to case.
        body: The raw bytes that were signed.
        secret_header: The header that holds a shared secret.

    Raises:
        BadSignature: no secret vouches for it, or its timestamp is too old or too new.
    """
    if method is Verification.NONE:
        return
    if not any(_vouches(method, secret, headers, body, secret_header) for secret in live):
        raise BadSignature("the signature, its timestamp or the secret does not verify")


def _vouches(method: Verification, secret: str, headers: Mapping[str, str], body: bytes, secret_header: str) -> bool:
    match method:
        case Verification.STANDARD:
            return standard_vouches(secret, headers, body)
        case Verification.GITHUB:
            expected = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
            return _same(expected, headers.get("x-hub-signature-256", ""))
        case Verification.SLACK:
            return slack_vouches(secret, headers, body)
        case Verification.HEADER:
            return _same(secret, headers.get(secret_header, ""))
        case Verification.NONE:
            return True


def standard_vouches(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Tell whether a Standard Webhooks signature holds; a secret without `whsec_` is taken as it is."""
    wanted = ("webhook-id", "webhook-timestamp", "webhook-signature")
    try:
        key = signing_key(secret)
        key.verify(body, {name: headers.get(name, "") for name in wanted}, json_parse=False)
    except (WebhookVerificationError, EmptyWebhookSecretError, ValueError):
        # Junk in the headers or bytes that are no text: the library lets these errors out as they are.
        return False
    return True


def slack_vouches(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Tell whether Slack's v0 signature holds and is no older than five minutes."""
    timestamp = headers.get("x-slack-request-timestamp", "")
    if not _TIMESTAMP.fullmatch(timestamp) or abs(time.time() - int(timestamp)) > TOLERANCE_SECONDS:
        return False
    signed = b"v0:" + timestamp.encode() + b":" + body
    expected = "v0=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return _same(expected, headers.get("x-slack-signature", ""))


def new_secret() -> str:
    """Make a secret of the form of Standard Webhooks, which every other way of verifying takes as well."""
    return STANDARD_PREFIX + base64.b64encode(secrets.token_bytes(NEW_SECRET_BYTES)).decode()


def check_secret(method: Verification, secret: str | None, field: str) -> None:
    """Refuse at save a Standard Webhooks secret that could never verify anything."""
    if method is not Verification.STANDARD or secret in (None, REDACTED) or not secret.startswith(STANDARD_PREFIX):
        return
    try:
        # Padded or not: the library takes both.
        bare = secret.removeprefix(STANDARD_PREFIX).rstrip("=")
        base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
        signing_key(secret)
    except (binascii.Error, EmptyWebhookSecretError):
        raise Invalid(
            "what follows whsec_ is not base64", field=field, hint="Send whsec_<base64>, or a secret without whsec_."
        ) from None


def _same(expected: str, given: str) -> bool:
    return hmac.compare_digest(expected.encode(), given.encode())
