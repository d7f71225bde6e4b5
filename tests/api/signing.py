"""Signs requests as GitHub, Slack and senders of Standard Webhooks do."""

import base64
import hashlib
import hmac
import time
from pathlib import Path

from standardwebhooks.webhooks import Webhook, hmac_data

PAYLOADS = Path(__file__).parent / "payloads"
JSON = {"Content-Type": "application/json"}


def github_payload(event: str) -> bytes:
    return (PAYLOADS / f"github-{event.replace('_', '-')}.json").read_bytes()


def github(body: bytes, secret: str, event: str, delivery: str) -> dict[str, str]:
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {
        **JSON,
        "User-Agent": "GitHub-Hookshot/044aadd",
        "X-GitHub-Event": event,
        "X-GitHub-Delivery": delivery,
        "X-Hub-Signature-256": f"sha256={signature}",
    }


def standard(body: bytes, secret: str, message_id: str = "msg_1", age_seconds: int = 0) -> dict[str, str]:
    at = int(time.time()) - age_seconds
    key = Webhook(secret) if secret.startswith("whsec_") else Webhook(secret.encode())
    # The library signs text only; senders sign the bytes that they send.
    signature = f"v1,{base64.b64encode(hmac_data(key._whsecret, f'{message_id}.{at}.'.encode() + body)).decode()}"
    return {**JSON, "webhook-id": message_id, "webhook-timestamp": str(at), "webhook-signature": signature}


def slack(body: bytes, secret: str, age_seconds: int = 0) -> dict[str, str]:
    at = str(int(time.time()) - age_seconds)
    signature = hmac.new(secret.encode(), b"v0:" + at.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {**JSON, "X-Slack-Request-Timestamp": at, "X-Slack-Signature": f"v0={signature}"}
