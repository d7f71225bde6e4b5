"""Slack's Events API and slash commands: verifying them, and answering."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import structlog
from pydantic import JsonValue

from api.firing.signatures import is_slack_signature
from models.contracts.runs.views import Fired
from models.errors import BadSignature, Invalid, Unavailable
from models.states import RunStatus
from models.store.tables.automations import Automation
from runtime.security.keyring import Keyring
from runtime.security.secrets import AUTOMATION_SECRETS, reveal

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SlackNotice:
    """A message that only needs to be acknowledged, with the response Slack expects."""

    answer: dict[str, JsonValue]


def notice_in(data: JsonValue) -> SlackNotice | None:
    """Return the acknowledgement of a message that only needs one; None for every other message."""
    if not isinstance(data, dict):
        return None
    # Slack checks the TLS certificate of a command's URL from time to time.
    if data.get("ssl_check") == "1":
        return SlackNotice({})
    if data.get("type") == "url_verification":
        return SlackNotice({"challenge": str(data.get("challenge", ""))})
    if data.get("type") == "app_rate_limited":
        log.warning("Slack is holding back events: the app is over its rate limit", team=str(data.get("team_id", "")))
        return SlackNotice({})
    return None


def verified_automations(
    automations: Sequence[Automation],
    global_secrets: Iterable[str],
    keyring: Keyring,
    headers: Mapping[str, str],
    body: bytes,
) -> list[Automation]:
    """Keep the automations whose secret signed the body: their own, or the server's if they have none.

    Raises:
        BadSignature: no secret matches, or the timestamp is more than five minutes off.
        Unavailable: none of those that can be read matches, and one cannot be read.
    """
    by_server = any(is_slack_signature(secret, headers, body) for secret in global_secrets)
    verified: dict[str, bool | None] = {}
    kept = []
    for row in automations:
        own = [sealed for sealed in row.secrets if sealed]
        if any(_signed(sealed, verified, keyring, headers, body) for sealed in own) if own else by_server:
            kept.append(row)
    if not by_server and not kept:
        if None in verified.values():
            # Our fault, not the sender's: with a 503 it retries and loses nothing.
            raise Unavailable("a Slack signing secret cannot be read at the moment")
        raise BadSignature("the Slack signature or its timestamp is not valid")
    return kept


def command_text(fired: Fired, automations: Iterable[Automation]) -> str:
    """Write the reply to a slash command."""
    if fired.duplicate:
        return "That was already started."
    if not fired.runs:
        return "Nothing here listens to that command."
    names = {row.id: row.name for row in automations}
    lines = [
        f"{name} is paused, so nothing was started."
        if run.status is RunStatus.SKIPPED
        else f"Started {name} (run {run.run_id})."
        for run in fired.runs
        if run.automation_id and (name := names.get(run.automation_id))
    ]
    return "\n".join(lines)


def _signed(
    sealed: str, verified: dict[str, bool | None], keyring: Keyring, headers: Mapping[str, str], body: bytes
) -> bool | None:
    """Return whether this secret signed the body; None where it cannot be read."""
    if sealed not in verified:
        try:
            verified[sealed] = is_slack_signature(reveal(keyring, sealed, context=AUTOMATION_SECRETS), headers, body)
        except Invalid as error:
            log.error("a Slack signing secret cannot be read", reason=error.detail)
            verified[sealed] = None
    return verified[sealed]
