"""Reads requests into deliveries: the payload, the idempotency key, and the headers that are stored.

Only the headers listed here are stored or visible to filters, so signatures and keys never are.
"""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from pydantic import JsonValue

from api.http.bodies import check_storable, read_json
from models.errors import Invalid
from models.states import Source
from models.store.runs.deliveries import Arrival

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


def read_webhook(path: str, headers: Mapping[str, str], body: bytes) -> Arrival:
    """Raise `Invalid` for a body that cannot be read."""
    payload = read_payload(body, headers.get("content-type", ""))
    key = payload.get("idempotencyKey") if isinstance(payload, dict) else None
    return arrival(Source.WEBHOOK, f"webhook:{path}", payload, headers, body=body, key=key)


def arrival(
    source: Source,
    endpoint: str,
    payload: JsonValue,
    headers: Mapping[str, str],
    *,
    body: bytes = b"",
    key: object = None,
    sent_by: str | None = None,
) -> Arrival:
    """Build a delivery from a request; `key` is the idempotency key in its body, if any."""
    return Arrival(
        source,
        endpoint,
        payload,
        body,
        kept_headers(headers),
        idempotency_key(headers, key),
        sent_by=sent_by,
    )


def kept_headers(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items() if name.lower() in KEPT_HEADERS}


def read_payload(body: bytes, content_type: str) -> JsonValue:
    """Read a body as JSON, or as a form. A form field `payload` holds JSON, which is how GitHub sends forms.

    Raises:
        Invalid: for the field `body`.
    """
    if not body.strip():
        return None
    if content_type.partition(";")[0].strip().lower() == FORM:
        form = read_form(body)
        return read_json(form["payload"].encode()) if "payload" in form else dict(form)
    return read_json(body)


def read_form(body: bytes) -> dict[str, str]:
    """Raise `Invalid` for bytes that are not a form, and for text that cannot be stored."""
    try:
        form = dict(parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True, max_num_fields=1000))
    except ValueError as error:
        raise Invalid(f"the body is not a valid form: {error}", field="body") from None
    check_storable(dict(form))
    return form


def idempotency_key(headers: Mapping[str, str], given: object = None) -> str | None:
    """Return the key in the body, else the first of the headers that senders use for it."""
    key = given if isinstance(given, str) and given else None
    for name in KEY_HEADERS:
        key = key or headers.get(name)
    if key is not None and len(key) > KEY_LENGTH:
        raise Invalid(f"an idempotency key has at most {KEY_LENGTH} characters", field="idempotencyKey")
    return key or None
