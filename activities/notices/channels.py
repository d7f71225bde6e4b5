"""The channels to which notices are sent: signed webhooks, and the services that Apprise knows."""

import asyncio
import hashlib
import ipaddress
import logging
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

import httpx2
from pydantic import SecretStr
from pydantic_core import to_json

from activities.runners.http import post, refuse_bad_status
from models.contracts.governance.notices import NoticeSeverity
from models.errors import Invalid, RunnerFailed
from runtime.security.outbound import AddressRules
from runtime.security.signing import signing_key
from runtime.settings import Settings

if TYPE_CHECKING:
    from apprise import Apprise

SECONDS = 15.0
"""A message that a service does not take within this time is tried again later."""
WEB = frozenset({"http", "https"})
LOCAL = ("syslog", "rsyslog", "dbus", "kde", "qt", "glib", "gnome", "macosx", "windows")
"""Services of the machine itself, which nobody looks at where a worker runs."""


@dataclass(frozen=True, slots=True)
class Message:
    """A notice as it is sent."""

    id: str
    at: datetime
    kind: str
    severity: NoticeSeverity
    title: str
    text: str
    automation: dict[str, str] | None
    url: str


class MaybeSent(Exception):
    """A service that did not answer in time: it may have taken the message all the same."""


class Channel(Protocol):
    """Somewhere to send a notice to. `name` can be shown; `key` identifies the channel and tells nothing about it."""

    @property
    def key(self) -> str: ...
    @property
    def name(self) -> str: ...

    async def send(self, message: Message) -> None:
        """Raise a `PodiumError` where the message was not taken."""


def channels(settings: Settings, http: httpx2.AsyncClient) -> Sequence[Channel]:
    """Return the configured channels."""
    rules = AddressRules(settings.allowed_private_addresses)
    found: list[Channel] = []
    for secret in settings.notice_urls:
        url = secret.get_secret_value()
        key, parts = hashlib.sha256(url.encode()).hexdigest()[:16], urlsplit(url)
        if parts.scheme in WEB and settings.notice_secret is not None:
            found.append(WebhookChannel(key, parts.hostname or "webhook", url, http, settings.notice_secret))
        else:
            found.append(AppriseChannel(key, parts.scheme, url, rules))
    return found


@dataclass(frozen=True, slots=True)
class WebhookChannel:
    """A POST with a Standard Webhooks signature; a repetition has the same `webhook-id`."""

    key: str
    name: str
    url: str
    http: httpx2.AsyncClient
    secret: SecretStr

    async def send(self, message: Message) -> None:
        sent_at = datetime.fromtimestamp(int(time.time()), UTC)
        data = {
            "id": message.id,
            "severity": message.severity,
            "title": message.title,
            "text": message.text,
            "automation": message.automation,
            "url": message.url,
        }
        body = to_json({"type": message.kind, "timestamp": message.at, "data": data})
        signature = signing_key(self.secret.get_secret_value()).sign(message.id, sent_at, body.decode())
        headers = {
            "Content-Type": "application/json",
            "webhook-id": message.id,
            "webhook-timestamp": str(int(sent_at.timestamp())),
            "webhook-signature": signature,
        }
        try:
            async with asyncio.timeout(SECONDS):
                status, answered, answer = await post(self.http, self.url, headers, body)
        except TimeoutError:
            raise RunnerFailed("it did not answer in time") from None
        refuse_bad_status(status, answered, answer)


@dataclass(frozen=True, slots=True)
class AppriseChannel:
    """A service that Apprise knows, by its URL."""

    key: str
    name: str
    url: str
    rules: AddressRules

    async def send(self, message: Message) -> None:
        # Apprise calls with `requests`, which blocks.
        await asyncio.to_thread(self._send, message)

    def _send(self, message: Message) -> None:
        from apprise import NotifyFormat, NotifyType
        from apprise.result import AppriseResultStatus

        service = _service(self.url)
        self._check_addresses(service)
        kinds = {
            NoticeSeverity.INFO: NotifyType.INFO,
            NoticeSeverity.WARNING: NotifyType.WARNING,
            NoticeSeverity.CRITICAL: NotifyType.FAILURE,
        }
        result = service.notify(
            body=f"{message.text}\n\n{message.url}",
            title=message.title,
            notify_type=kinds[message.severity],
            body_format=NotifyFormat.TEXT,
            timeout=SECONDS,
        )
        if result.status == AppriseResultStatus.TIMEOUT:
            raise MaybeSent
        if result.status != AppriseResultStatus.SUCCESS:
            raise RunnerFailed("it did not take the message")

    def _check_addresses(self, service: "Apprise") -> None:
        """Raise `AddressRefused` for a private address; of most services the first part of the URL is no host."""
        for plugin in service:
            hosts = {getattr(plugin, "smtp_host", None)}
            templates: tuple[str, ...] = plugin.templates
            if any("{host}" in one for one in templates):
                hosts.add(plugin.host)
            for host in filter(None, hosts):
                for address in _addresses(host):
                    self.rules.check_address(host, address)


def _service(url: str) -> "Apprise":
    """Read a URL. Raise `Invalid` where Apprise does not know it; its message does not contain the URL."""
    from apprise import Apprise
    from apprise.manager_plugins import NotificationManager

    # Its log lines may contain addresses with secrets.
    logging.getLogger("apprise").disabled = True
    NotificationManager().disable(*LOCAL)  # type: ignore[no-untyped-call]
    service = Apprise()
    # A redirect could lead to an address that was not checked.
    if not service.add(f"{url}{'&' if '?' in url else '?'}redirect=no"):
        raise Invalid("its address in PODIUM_NOTICE_URLS cannot be read", field="PODIUM_NOTICE_URLS")
    return service


def _addresses(host: str) -> list[str]:
    try:
        return [str(ipaddress.ip_address(host.strip("[]")))]
    except ValueError:
        pass
    try:
        return sorted({str(found[4][0]) for found in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)})
    except OSError as error:
        raise RunnerFailed(f"{host} cannot be resolved: {error}") from None
