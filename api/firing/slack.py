"""Slack's two ways in, the Events API and slash commands, read and matched with automations."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import structlog
from pydantic import JsonValue

from api.firing.intake import FORM, read_form
from api.firing.signatures import slack_vouches
from api.http.bodies import read_json
from models.contracts.runs import Fired
from models.errors import BadSignature, Invalid
from models.states import RunStatus
from models.store.tables.automations import Automation
from runtime.keyring import Keyring
from runtime.secrets import AUTOMATION_SECRETS, reveal

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SlackMessage:
    """One event or command.

    Attributes:
        name: The event's type, or the command with its slash.
        channels: The channel by id, and by name where Slack tells it.
        key: What Slack repeats when it tries again.
    """

    name: str
    is_command: bool
    channels: frozenset[str]
    key: str | None
    payload: dict[str, JsonValue]


@dataclass(frozen=True, slots=True)
class SlackNotice:
    """Something that Slack only wants acknowledged, with the answer that it expects."""

    answer: dict[str, JsonValue]


def read_message(body: bytes, content_type: str) -> SlackMessage | SlackNotice:
    """Read a verified body.

    Raises:
        Invalid: it is no event, command or notice.
    """
    if content_type.partition(";")[0].strip().lower() == FORM:
        form = read_form(body)
        # Slack looks now and then whether the certificate of a command's address still holds.
        return SlackNotice({}) if form.get("ssl_check") == "1" else _command(form)
    data = read_json(body)
    if not isinstance(data, dict):
        raise Invalid("the body is no Slack event", field="body")
    if data.get("type") == "url_verification":
        return SlackNotice({"challenge": str(data.get("challenge", ""))})
    if data.get("type") == "app_rate_limited":
        log.warning("Slack holds events back: the app is over its rate limit", team=str(data.get("team_id", "")))
        return SlackNotice({})
    event = data.get("event")
    if not isinstance(event, dict) or not isinstance(event.get("type"), str):
        raise Invalid("the body is no Slack event", field="body")
    return _event(str(event["type"]), event, data)


def stored_message(name: str, payload: dict[str, JsonValue]) -> SlackMessage:
    """Read an event or command back from the payload that was stored of it."""
    if name.startswith("/"):
        return _command({key: str(value) for key, value in payload.items()})
    event = payload.get("event")
    return _event(name, event if isinstance(event, dict) else {}, payload)


def name_in(payload: Mapping[str, JsonValue]) -> str:
    """Find the name in a stored payload: the command with its slash, or the event's type; empty where it has none."""
    event = payload.get("event")
    name = payload.get("command") or (event.get("type") if isinstance(event, dict) else None)
    return name if isinstance(name, str) else ""


def vouching(
    automations: Sequence[Automation],
    global_secrets: Iterable[str],
    keyring: Keyring,
    headers: Mapping[str, str],
    body: bytes,
) -> list[Automation]:
    """Keep the automations for whose app Slack signed: their own secret, or the server's where they have none.

    Raises:
        BadSignature: no secret vouches for the bytes, or they are older than five minutes.
    """
    ours = any(slack_vouches(secret, headers, body) for secret in global_secrets)
    verified: dict[str, bool] = {}
    kept = []
    for row in automations:
        own = [sealed for sealed in row.secrets if sealed]
        if any(_vouched(sealed, verified, keyring, headers, body) for sealed in own) if own else ours:
            kept.append(row)
    if not ours and not kept:
        raise BadSignature("Slack's signature or its timestamp does not verify")
    return kept


def listening(automations: Iterable[Automation], message: SlackMessage) -> list[Automation]:
    """Keep the automations that listen to this event or command in this channel."""
    return [row for row in automations if listens(row.slack or {}, message)]


def listens(config: Mapping[str, JsonValue], message: SlackMessage) -> bool:
    """Tell whether an automation with this config listens to an event or command in this channel."""
    channel = config.get("channel")
    if channel is not None and str(channel).lstrip("#") not in message.channels:
        return False
    if message.is_command:
        return config.get("command") == message.name
    events = config.get("events")
    return isinstance(events, list) and message.name in events


def command_text(fired: Fired, names: Sequence[str]) -> str:
    """Say to whoever typed a command what came of it."""
    if fired.duplicate:
        return "That was already started."
    if not fired.runs:
        return "Nothing here listens to that command."
    lines = [
        f"{name} is paused, so nothing was started."
        if run.status is RunStatus.SKIPPED
        else f"Started {name} (run {run.run_id})."
        for name, run in zip(names, fired.runs, strict=True)
    ]
    return "\n".join(lines)


def _event(name: str, event: dict[str, JsonValue], data: dict[str, JsonValue]) -> SlackMessage:
    item = event.get("item")
    places = [event.get("channel"), item.get("channel") if isinstance(item, dict) else None]
    event_id = data.get("event_id")
    return SlackMessage(
        name=name,
        is_command=False,
        channels=frozenset(place for place in places if isinstance(place, str)),
        key=event_id if isinstance(event_id, str) else None,
        payload={key: value for key, value in data.items() if key != "token"},
    )


def _command(form: Mapping[str, str]) -> SlackMessage:
    if not form.get("command"):
        raise Invalid("the form is no slash command", field="body")
    channels = (form.get("channel_id"), form.get("channel_name"))
    # What proves the sender to Slack, or lets one answer in its name, is nothing to store.
    payload: dict[str, JsonValue] = {
        key: value for key, value in form.items() if key not in {"token", "trigger_id", "response_url"}
    }
    return SlackMessage(
        name=form["command"],
        is_command=True,
        channels=frozenset(channel for channel in channels if channel),
        key=form.get("trigger_id") or None,
        payload=payload,
    )


def _vouched(sealed: str, verified: dict[str, bool], keyring: Keyring, headers: Mapping[str, str], body: bytes) -> bool:
    if sealed not in verified:
        try:
            verified[sealed] = slack_vouches(reveal(keyring, sealed, context=AUTOMATION_SECRETS), headers, body)
        except Invalid as error:
            log.error("a Slack signing secret cannot be read", reason=error.detail)
            verified[sealed] = False
    return verified[sealed]
