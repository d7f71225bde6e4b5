"""Reads a delivery's raw bytes: its payload, its idempotency key, and the headers that may be kept.

The rule kept here: only named headers are stored or shown to filters; a signature or a key never is.
"""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from pydantic import JsonValue

from api.http.bodies import check_storable, read_json
from models.errors import Invalid

KEPT_HEADERS = frozenset(
    {
        "content-type",
        "user-agent",
        "idempotency-key",
        "webhook-id",
        "webhook-timestamp",
        "x-github-delivery",
        "x-github-event",
        "x-github-hook-id",
        "x-request-id",
        "x-slack-request-timestamp",
        "x-slack-retry-num",
        "x-slack-retry-reason",
    }
)
KEY_HEADERS = ("idempotency-key", "webhook-id", "x-github-delivery")
KEY_LENGTH = 200
FORM = "application/x-www-form-urlencoded"


def kept_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Keep the headers that are stored."""
    return {name.lower(): value for name, value in headers.items() if name.lower() in KEPT_HEADERS}


def read_payload(body: bytes, content_type: str) -> JsonValue:
    """Read a body as JSON, or as a form whose field `payload` is JSON, as GitHub sends it on request.

    Raises:
        Invalid: the body is neither; the field is `body`.
    """
    if not body.strip():
        return None
    if content_type.partition(";")[0].strip().lower() == FORM:
        form = read_form(body)
        return read_json(form["payload"].encode()) if "payload" in form else dict(form)
    return read_json(body)


def read_form(body: bytes) -> dict[str, str]:
    """Read a form; raise `Invalid` for bytes that are none, and for text that cannot be stored."""
    try:
        form = dict(parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True, max_num_fields=1000))
    except ValueError as error:
        raise Invalid(f"the body is no form: {error}", field="body") from None
    check_storable(dict(form))
    return form


def idempotency_key(headers: Mapping[str, str], given: object = None) -> str | None:
    """Find what makes a repetition known: the body's own key, else the first header that senders use for it."""
    key = given if isinstance(given, str) and given else None
    for name in KEY_HEADERS:
        key = key or headers.get(name)
    if key is not None and len(key) > KEY_LENGTH:
        raise Invalid(f"an idempotency key has at most {KEY_LENGTH} characters", field="idempotencyKey")
    return key or None
