"""Reads requests into deliveries: the payload, the idempotency key, and the headers that are stored.

Only the headers listed here are stored or visible to filters, so signatures and keys never are.
"""

from collections.abc import Mapping

from pydantic import JsonValue

from api.firing.body_reading import read_body
from api.firing.idempotency import idempotency_key, webhook_key
from api.http.auth import Actor
from models.contracts.automations.drafts import Verification
from models.endpoints import EndpointKind
from models.endpoints import endpoint as endpoint_of
from models.states import Source
from models.store.deliveries.chains import ChainPlace
from models.store.deliveries.queries import Arrival

KEPT_HEADERS = frozenset(
    {
        "content-encoding",
        "content-type",
        "user-agent",
        "idempotency-key",
        "svix-id",
        "svix-timestamp",
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


def read_webhook(
    path: str,
    method: Verification,
    headers: Mapping[str, str],
    body: bytes,
    *,
    max_bytes: int,
    chain: ChainPlace | None = None,
) -> Arrival:
    """Raise `Invalid` for a verified body that cannot be read."""
    read = read_body(body, headers, max_bytes)
    key = webhook_key(method, headers, body, read.payload)
    return Arrival(
        Source.WEBHOOK,
        endpoint_of(EndpointKind.WEBHOOK, path),
        read.payload,
        body,
        kept_headers(headers),
        key.key,
        key_lasts=key.lasts,
        note=read.note,
        chain=chain,
    )


def arrival(
    source: Source,
    endpoint: str,
    payload: JsonValue,
    headers: Mapping[str, str],
    actor: Actor,
    *,
    body: bytes = b"",
    key: object = None,
    note: str | None = None,
    chain: ChainPlace | None = None,
) -> Arrival:
    """Build a delivery from a request with an API key; `key` is the idempotency key in its body, if any."""
    return Arrival(
        source,
        endpoint,
        payload,
        body,
        kept_headers(headers),
        idempotency_key(headers, key),
        sent_by=actor.name,
        sender_id=actor.key_id,
        note=note,
        chain=chain,
    )


def kept_headers(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items() if name.lower() in KEPT_HEADERS}
