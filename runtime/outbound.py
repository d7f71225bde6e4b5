"""The one way out: every HTTP call that people's settings cause goes through the client that is made here.

The rule kept here: an address is judged when the connection is made, after the name was resolved and before a
byte is sent, so that neither a redirect, nor a name that changes, nor an odd spelling leads into the private
network. What `PODIUM_ALLOWED_PRIVATE_ADDRESSES` names, as an address, a network or a host, may be called.
"""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Iterable
from functools import lru_cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpcore2
import httpx2
from ssrfguard import BlockedAddressError, BlockedURLError, Policy

from models.errors import AddressRefused, Invalid
from models.rules.urls import check_url
from runtime.settings import Settings

MAX_ANSWER_BYTES = 1024 * 1024
_MAX_RAW_BYTES = 16 * 1024 * 1024
_TIMEOUT = httpx2.Timeout(connect=10.0, read=None, write=60.0, pool=60.0)
_LIMITS = httpx2.Limits(max_connections=200, max_keepalive_connections=50, keepalive_expiry=30.0)
_ATTEMPTS = 4
_HINT = "Name the host or its network in PODIUM_ALLOWED_PRIVATE_ADDRESSES if it is meant."


class AddressRules:
    """Which addresses may be called."""

    def __init__(self, allowed: Iterable[str]) -> None:
        networks: list[ipaddress.IPv4Network | ipaddress.IPv6Network] = []
        hosts: set[str] = set()
        for entry in allowed:
            try:
                networks.append(ipaddress.ip_network(entry))
            except ValueError:
                hosts.add(entry.lower().rstrip("."))
        self._policy = Policy(allowed_networks=tuple(networks), allowed_ports=frozenset(range(1, 65536)))
        self._hosts = frozenset(hosts)

    def check_url(self, url: str) -> None:
        """Raise `AddressRefused` for what can be refused without resolving a name."""
        try:
            self._policy.check_url(url)
        except BlockedURLError as refusal:
            if (httpx2.URL(url).host or "").lower().rstrip(".") not in self._hosts:
                raise AddressRefused(f"{_without_query(url)} may not be called: {refusal.reason}", hint=_HINT) from None

    def check_address(self, host: str, address: str) -> None:
        """Raise `AddressRefused` unless the address that a host resolved to may be called."""
        if host.lower().rstrip(".") in self._hosts:
            return
        try:
            self._policy.check_address(ipaddress.ip_address(address.partition("%")[0]))
        except BlockedAddressError as refusal:
            raise AddressRefused(f"{host} may not be called: {refusal}", hint=_HINT) from None


def check_url_at_save(url: str, settings: Settings, *, field: str) -> None:
    """Raise `Invalid` at save for what every run would refuse: no URL, or a forbidden address.

    A name is not resolved: where it leads is judged at every connection.
    """
    check_url(url, field=field)
    try:
        httpx2.URL(url)
        _rules(settings.allowed_private_addresses).check_url(url)
    except httpx2.InvalidURL as error:
        raise Invalid(f"this is no URL that can be called: {error}", field=field) from None
    except AddressRefused as refusal:
        raise Invalid(refusal.detail, field=field, hint=refusal.hint) from None


def outgoing_client(settings: Settings) -> httpx2.AsyncClient:
    """Make the process's client for outgoing calls; the process closes it when it ends.

    It reads no proxy from the environment: a proxy would resolve names by itself, out of our sight.
    """
    return OutgoingClient(
        transport=GuardedTransport(AddressRules(settings.allowed_private_addresses)),
        timeout=_TIMEOUT,
        trust_env=False,
        headers={"User-Agent": "podium", "Accept-Encoding": "identity"},
        # What one agent's endpoint sets must not travel with another agent's call.
        cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=[])),
    )


class OutgoingClient(httpx2.AsyncClient):
    """A client that follows no redirect, whatever a library asks of it: keys stay at the address they are for."""

    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        return await super().send(request, **{**options, "follow_redirects": False})


class GuardedTransport(httpx2.AsyncHTTPTransport):
    """httpx2's own transport over a pool that connects by our rules and stops endless answers."""

    def __init__(self, rules: AddressRules) -> None:
        super().__init__()
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=_tls(),
            max_connections=_LIMITS.max_connections,
            max_keepalive_connections=_LIMITS.max_keepalive_connections,
            keepalive_expiry=_LIMITS.keepalive_expiry,
            network_backend=GuardedBackend(rules),
        )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await super().handle_async_request(request)
        response.stream = _LimitedStream(response.stream)  # type: ignore[arg-type]
        return response


class GuardedBackend(httpcore2.AsyncNetworkBackend):
    """Resolves a name once, judges every address of it, and connects to what it judged."""

    def __init__(self, rules: AddressRules) -> None:
        self._rules = rules
        self._inner = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Connect to the first permitted address that answers."""
        addresses = await _resolve(host, port, timeout)
        failure: Exception | None = None
        for address in self._permitted(host, addresses)[:_ATTEMPTS]:
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore2.ConnectError(f"{host} has no address")

    def _permitted(self, host: str, addresses: list[str]) -> list[str]:
        permitted: list[str] = []
        refusal: AddressRefused | None = None
        for address in addresses:
            try:
                self._rules.check_address(host, address)
                permitted.append(address)
            except AddressRefused as refused:
                refusal = refused
        if refusal is not None and not permitted:
            raise refusal
        return permitted

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore2.AsyncNetworkStream:
        raise AddressRefused("a Unix socket may not be called")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class _LimitedStream(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> Any:
        left = _MAX_RAW_BYTES
        async for chunk in self._stream:
            left -= len(chunk)
            if left < 0:
                raise httpx2.ReadError(f"the answer is longer than {_MAX_RAW_BYTES} bytes")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


async def _resolve(host: str, port: int, timeout: float | None) -> list[str]:
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(timeout):
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except TimeoutError as error:
        raise httpcore2.ConnectTimeout(f"{host} could not be resolved in time") from error
    except (OSError, UnicodeError) as error:
        raise httpcore2.ConnectError(f"{host} cannot be resolved: {error}") from error
    return list(dict.fromkeys(str(answer[4][0]) for answer in found))


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    return httpx2.create_ssl_context()


@lru_cache(maxsize=8)
def _rules(allowed: tuple[str, ...]) -> AddressRules:
    return AddressRules(allowed)


def _without_query(url: str) -> str:
    return url.partition("?")[0]
