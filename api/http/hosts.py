"""Which host names the API answers to.

Any web site can make its own name resolve to this machine (DNS rebinding) and then call the API from a visitor's
browser. So an API that only this machine can reach answers only to the machine's own names.
"""

import ipaddress
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from api.http.errors import problem
from models.errors import UntrustedHost
from runtime.settings import Settings

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
PROBES = frozenset({"/healthz", "/readyz", "/metrics"})
"""Probes call a container by its address; nothing there depends on who asks."""


class TrustedHosts:
    """Refuses requests for other hosts."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] not in PROBES:
            host = next((value for key, value in scope["headers"] if key == b"host"), b"").decode("latin-1")
            if not is_trusted(scope["app"].state.settings, host):
                error = UntrustedHost(
                    "Podium does not answer to the host name of this request",
                    hint="Add the name to PODIUM_TRUSTED_HOSTS, or set PODIUM_PUBLIC_URL.",
                )
                await problem(error)(scope, receive, send)
                return
        await self.app(scope, receive, send)


def is_trusted(settings: Settings, host: str) -> bool:
    """Whether a Host header, or the host and port of an Origin, is one of ours."""
    names = trusted_hosts(settings)
    return names is None or _name(host) in names


def trusted_hosts(settings: Settings) -> frozenset[str] | None:
    """Return the accepted names; None for all, if the API listens beyond this machine and none are set."""
    if not settings.trusted_hosts and not _is_loopback(settings.host):
        return None
    public = _name(urlsplit(settings.public_url).netloc) if settings.public_url else ""
    return LOOPBACK_NAMES | {_name(host) for host in settings.trusted_hosts} | {public} - {""}


def _name(host: str) -> str:
    """Return the host without its port."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    name, _, port = host.rpartition(":")
    # An IPv6 address without brackets has more than one colon.
    return (name if name and ":" not in name and port.isdigit() else host).lower().rstrip(".")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
