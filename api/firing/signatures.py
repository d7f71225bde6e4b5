"""Verifies signatures of deliveries over the raw bytes, with up to two live secrets each.

Comparisons take constant time, timestamps may be five minutes off, and an error never says which check failed.
"""

import base64
import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Mapping, Sequence

from models.contracts.automations.drafts import Verification
from models.errors import BadSignature
from runtime.security.signing import STANDARD_PREFIX, signing_key_bytes

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
        raise BadSignature("the signature, timestamp or secret is invalid")


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


def standard_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the three headers of Standard Webhooks. Svix sends the same under names of its own.

    One of the two sets is read, never a mixture: the id must be the one that is signed.
    """
    prefix = "webhook" if "webhook-signature" in headers or "svix-signature" not in headers else "svix"
    return {f"webhook-{part}": headers.get(f"{prefix}-{part}", "") for part in ("id", "timestamp", "signature")}


def is_standard_signature(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    """A secret without `whsec_` is used as plain text."""
    named = standard_headers(headers)
    message_id, timestamp = named["webhook-id"], named["webhook-timestamp"]
    if not message_id or not _is_recent(timestamp):
        return False
    try:
        key = signing_key_bytes(secret)
    except ValueError:
        return False
    # Not by the library: it signs text, and a compressed body or one in another charset is not UTF-8.
    signed = f"{message_id}.{timestamp}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return any(_same(expected, one) for one in named["webhook-signature"].split(" "))


def is_slack_signature(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Slack's scheme v0, at most five minutes old."""
    timestamp = headers.get("x-slack-request-timestamp", "")
    if not _is_recent(timestamp):
        return False
    signed = b"v0:" + timestamp.encode() + b":" + body
    expected = "v0=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return _same(expected, headers.get("x-slack-signature", ""))


def _is_recent(timestamp: str) -> bool:
    return bool(_TIMESTAMP.fullmatch(timestamp)) and abs(time.time() - int(timestamp)) <= TOLERANCE_SECONDS


def new_secret() -> str:
    """Generate a secret in the format of Standard Webhooks; every other method accepts it too."""
    return STANDARD_PREFIX + base64.b64encode(secrets.token_bytes(NEW_SECRET_BYTES)).decode()


def _same(expected: str, given: str) -> bool:
    return hmac.compare_digest(expected.encode(), given.encode())
