"""The HTTP client of every call to an address that a user has configured.

Addresses are checked when the connection is made, after the name is resolved and before a byte is sent, so that neither
a redirect, a changed DNS record nor an odd spelling reaches the private network. `PODIUM_ALLOWED_PRIVATE_ADDRESSES`
lists the addresses, networks and hosts that are exempt.
"""

import asyncio
import ipaddress
import socket
import ssl
import zlib
from collections.abc import Iterable
from functools import lru_cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpcore2
import httpx2
from ssrfguard import DEFAULT_DENIED, AddressTable, Block, BlockedAddressError, BlockedURLError, Policy, Reach

from models.errors import AddressRefused, Invalid
from models.rules.specs.references import check_url
from runtime.settings import Settings

MAX_ANSWER_BYTES = 1024 * 1024
_MAX_RAW_BYTES = 16 * 1024 * 1024
_TIMEOUT = httpx2.Timeout(connect=10.0, read=None, write=60.0, pool=60.0)
_LIMITS = httpx2.Limits(max_connections=200, max_keepalive_connections=50, keepalive_expiry=30.0)
_ATTEMPTS = 4
_WINDOW_BITS = {"": None, "identity": None, "gzip": zlib.MAX_WBITS | 16, "x-gzip": zlib.MAX_WBITS | 16, "deflate": 15}
_HINT = "If this is intended, add the host or its network to PODIUM_ALLOWED_PRIVATE_ADDRESSES."


# Azure's metadata address lies in a public network; those of other clouds are link-local and so denied anyway.
_AZURE = Block(ipaddress.IPv4Network("168.63.129.16/32"), "Azure metadata", "Azure", Reach.DENIED)
DENIED_NETWORKS = AddressTable((*DEFAULT_DENIED.blocks, _AZURE))


class AddressRules:
    """The addresses to which calls are allowed."""

    def __init__(self, allowed: Iterable[str]) -> None:
        networks: list[ipaddress.IPv4Network | ipaddress.IPv6Network] = []
        hosts: set[str] = set()
        for entry in allowed:
            try:
                networks.append(ipaddress.ip_network(entry))
            except ValueError:
                hosts.add(entry.lower().rstrip("."))
        self._policy = Policy(
            denied_networks=DENIED_NETWORKS,
            allowed_networks=tuple(networks),
            allowed_ports=frozenset(range(1, 65536)),
        )
        self._hosts = frozenset(hosts)

    def check_url(self, url: str) -> None:
        """Raise `AddressRefused` where the URL is refused without resolving its name."""
        try:
            self._policy.check_url(url)
        except BlockedURLError as refusal:
            if (httpx2.URL(url).host or "").lower().rstrip(".") not in self._hosts:
                raise AddressRefused(f"{_without_query(url)} may not be called: {refusal.reason}", hint=_HINT) from None

    def check_address(self, host: str, address: str) -> None:
        """Raise `AddressRefused` unless calls to the address that a host resolved to are allowed."""
        if host.lower().rstrip(".") in self._hosts:
            return
        try:
            self._policy.check_address(ipaddress.ip_address(address.partition("%")[0]))
        except BlockedAddressError as refusal:
            raise AddressRefused(f"{host} may not be called: {refusal}", hint=_HINT) from None


def check_url_at_save(url: str, settings: Settings, *, field: str) -> None:
    """Raise `Invalid` for a URL that every run would refuse: malformed, or with a forbidden address.

    Names are not resolved here but at every connection.
    """
    check_url(url, field=field)
    try:
        httpx2.URL(url)
        _rules(settings.allowed_private_addresses).check_url(url)
    except httpx2.InvalidURL as error:
        raise Invalid(f"this is not a URL that can be called: {error}", field=field) from None
    except AddressRefused as refusal:
        raise Invalid(refusal.detail, field=field, hint=refusal.hint) from None


def outgoing_client(settings: Settings) -> httpx2.AsyncClient:
    """Return the process's client for outgoing calls, which the process closes.

    It ignores proxies in the environment: a proxy would resolve names without our checks.
    """
    return OutgoingClient(
        transport=GuardedTransport(AddressRules(settings.allowed_private_addresses)),
        timeout=_TIMEOUT,
        trust_env=False,
        headers={"User-Agent": "podium", "Accept-Encoding": "identity"},
        # Cookies of one agent's endpoint must not be sent with another agent's call.
        cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=[])),
    )


class OutgoingClient(httpx2.AsyncClient):
    """A client that follows no redirects, whatever a library asks for, so that keys only reach their own address."""

    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        return await super().send(request, **{**options, "follow_redirects": False})


class GuardedTransport(httpx2.AsyncHTTPTransport):
    """httpx2's transport with a pool that applies the address rules and limits the size of responses."""

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
        encoding = response.headers.pop("content-encoding", "identity").strip().lower()
        if encoding not in _WINDOW_BITS:
            await response.aclose()
            raise httpx2.ReadError(f"the answer's content encoding {encoding[:40]!r} is not supported")
        # Unpacked here, within the limit: the client would unpack a small answer to any size.
        response.stream = _LimitedStream(response.stream, _WINDOW_BITS[encoding])  # type: ignore[arg-type]
        return response


class GuardedBackend(httpcore2.AsyncNetworkBackend):
    """Resolves a name once, checks every address, and connects to a checked one."""

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
        """Connect to the first allowed address that answers."""
        addresses = await _resolve(host, port, timeout)
        failure: Exception | None = None
        for address in self._allowed_of(host, addresses)[:_ATTEMPTS]:
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore2.ConnectError(f"{host} has no address")

    def _allowed_of(self, host: str, addresses: list[str]) -> list[str]:
        allowed: list[str] = []
        refusal: AddressRefused | None = None
        for address in addresses:
            try:
                self._rules.check_address(host, address)
                allowed.append(address)
            except AddressRefused as refused:
                refusal = refused
        if refusal is not None and not allowed:
            raise refusal
        return allowed

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore2.AsyncNetworkStream:
        raise AddressRefused("a Unix socket may not be called")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class _LimitedStream(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream, window_bits: int | None) -> None:
        self._stream = stream
        self._inflater = zlib.decompressobj(window_bits) if window_bits else None

    async def __aiter__(self) -> Any:
        left = _MAX_RAW_BYTES
        async for packed in self._stream:
            chunk = self._unpacked(packed, left + 1)
            left -= len(chunk)
            if left < 0:
                raise httpx2.ReadError(f"the answer is longer than {_MAX_RAW_BYTES} bytes")
            yield chunk

    def _unpacked(self, packed: bytes, most: int) -> bytes:
        if self._inflater is None:
            return packed
        try:
            return self._inflater.decompress(packed, most)
        except zlib.error as error:
            raise httpx2.ReadError(f"the answer cannot be unpacked: {error}") from error

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
