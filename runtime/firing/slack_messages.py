"""Slack's events and slash commands, and which automations listen to them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from models.errors import Invalid
from models.store.tables.automations import Automation


@dataclass(frozen=True, slots=True)
class SlackMessage:
    """One event or command.

    Attributes:
        name: The event's type, or the command including its slash.
        channels: The channel's id, and its name if Slack sends it.
    """

    name: str
    is_command: bool
    channels: frozenset[str]
    payload: dict[str, JsonValue]


def read_message(data: JsonValue) -> SlackMessage:
    """Raise `Invalid` for a verified body that is neither an event nor a command."""
    if isinstance(data, dict) and data.get("command"):
        return _command(data)
    event = data.get("event") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(event, dict) or not isinstance(event.get("type"), str):
        raise Invalid("the body is neither a Slack event nor a slash command", field="body")
    return _event(str(event["type"]), event, data)


def stored_message(name: str, payload: dict[str, JsonValue]) -> SlackMessage:
    """Rebuild an event or command from its stored payload."""
    if name.startswith("/"):
        return _command(payload)
    event = payload.get("event")
    return _event(name, event if isinstance(event, dict) else {}, payload)


def name_in(payload: Mapping[str, JsonValue]) -> str:
    """Return the command including its slash, or the event's type; empty if there is neither."""
    event = payload.get("event")
    name = payload.get("command") or (event.get("type") if isinstance(event, dict) else None)
    return name if isinstance(name, str) else ""


def listeners(automations: Iterable[Automation], message: SlackMessage) -> list[Automation]:
    return [row for row in automations if listens(row.slack or {}, message)]


def listens(config: Mapping[str, JsonValue], message: SlackMessage) -> bool:
    channel = config.get("channel")
    if channel is not None and str(channel).lstrip("#") not in message.channels:
        return False
    if message.is_command:
        return config.get("command") == message.name
    events = config.get("events")
    return isinstance(events, list) and message.name in events


def _event(name: str, event: dict[str, JsonValue], data: dict[str, JsonValue]) -> SlackMessage:
    item = event.get("item")
    places = [event.get("channel"), item.get("channel") if isinstance(item, dict) else None]
    return SlackMessage(
        name=name,
        is_command=False,
        channels=frozenset(place for place in places if isinstance(place, str)),
        payload={key: value for key, value in data.items() if key != "token"},
    )


def _command(form: Mapping[str, JsonValue]) -> SlackMessage:
    channels = (form.get("channel_id"), form.get("channel_name"))
    # Never stored: these would let their reader act as Slack or reply in its name.
    payload = {key: value for key, value in form.items() if key not in {"token", "trigger_id", "response_url"}}
    return SlackMessage(
        name=str(form.get("command", "")),
        is_command=True,
        channels=frozenset(channel for channel in channels if isinstance(channel, str) and channel),
        payload=payload,
    )
