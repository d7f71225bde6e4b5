"""Messages that start nothing unless an automation asks for them: GitHub's ping, and Slack messages written by bots.

An app that posts to the channel it listens to would otherwise start itself without end.
"""

from collections.abc import Mapping

from pydantic import JsonValue

from models.states import Source
from models.store.deliveries.queries import Arrival
from models.store.tables.automations import Automation

PING = "GitHub's ping does not fire; set webhook.pings to fire on it"
BOT = "messages of Slack bots do not fire; set {source}.bots to fire on them"


def ignored_reason(row: Automation, arrival: Arrival) -> str | None:
    """Return why an automation does not react to a delivery; None if it does."""
    if row.source is Source.WEBHOOK and arrival.headers.get("x-github-event") == "ping" and not row.fires_on_pings:
        return PING
    if row.source is Source.SLACK and not (row.slack or {}).get("bots") and is_from_bot(arrival.payload):
        return BOT.format(source=row.source.value)
    if row.source is Source.WEBHOOK and not row.fires_on_bots and _is_slack(arrival) and is_from_bot(arrival.payload):
        return BOT.format(source=row.source.value)
    return None


def is_from_bot(payload: JsonValue) -> bool:
    """Whether a bot wrote the Slack message, or the message that an event changed or deleted."""
    event = payload.get("event") if isinstance(payload, dict) else None
    if not isinstance(event, dict):
        return False
    messages = (event, event.get("message"), event.get("previous_message"))
    return any(isinstance(one, dict) and _is_bot(one) for one in messages)


def _is_bot(message: Mapping[str, JsonValue]) -> bool:
    return bool(message.get("bot_id") or message.get("bot_profile")) or message.get("subtype") == "bot_message"


def _is_slack(arrival: Arrival) -> bool:
    return "x-slack-request-timestamp" in arrival.headers
