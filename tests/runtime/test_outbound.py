"""Outgoing calls reach public addresses and explicitly allowed ones, and nothing else."""

import socket
from typing import Any

import httpx2
import pytest

from models.errors import AddressRefused, Invalid
from runtime.security.outbound import check_url_at_save, outgoing_client
from runtime.settings import Settings
from tests.support.http_server import Reply, Request, serve

LOOPBACKS = [
    "127.0.0.1",
    "localhost",
    "127.1",
    "2130706433",
    "0x7f.1",
    "0177.0.0.1",
    "0",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[64:ff9b::7f00:1]",
    "[::]",
]
PRIVATE = [
    "10.0.0.1",
    "168.63.129.16",
    "[::ffff:168.63.129.16]",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "[fe80::1]",
    "[fd00:ec2::254]",
]


async def _ok(request: Request) -> Reply:
    return Reply(200, "ok")


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Record every address that a socket connects to."""
    seen: list[object] = []
    for name in ("connect", "connect_ex"):
        real = getattr(socket.socket, name)

        def noting(self: socket.socket, address: Any, real: Any = real) -> Any:
            seen.append(address)
            return real(self, address)

        monkeypatch.setattr(socket.socket, name, noting)
    return seen


@pytest.mark.parametrize("host", [*LOOPBACKS, *PRIVATE])
async def test_private_addresses_are_refused_before_a_connection(host: str, connected: list[object]) -> None:
    async with outgoing_client(Settings()) as client, serve(_ok) as server:
        connected.clear()
        # httpx2 rejects some of these as URLs.
        with pytest.raises((AddressRefused, httpx2.InvalidURL)):
            await client.get(f"http://{host}:{server.port}/latest/meta-data")
        assert server.connections == 0
    assert connected == []


@pytest.mark.parametrize("host", [*LOOPBACKS[:1], *PRIVATE])
def test_a_private_address_is_refused_at_save(host: str) -> None:
    with pytest.raises(Invalid) as refusal:
        check_url_at_save(f"http://{host}/hook?key=secret", Settings(), field="spec.runner.url")
    assert refusal.value.field == "spec.runner.url"
    assert "secret" not in refusal.value.detail
    assert "PODIUM_ALLOWED_PRIVATE_ADDRESSES" in str(refusal.value.hint)


@pytest.mark.parametrize("url", ["example.com", "file:///etc/passwd", "http://", "http://a b/", "http://①.0.0.1/"])
def test_an_invalid_url_is_refused_at_save(url: str) -> None:
    with pytest.raises(Invalid):
        check_url_at_save(url, Settings(), field="url")


@pytest.mark.parametrize("allowed", ["127.0.0.1", "127.0.0.0/8"])
async def test_an_allowed_network_may_be_called(allowed: str) -> None:
    settings = Settings(allowed_private_addresses=(allowed,))
    async with outgoing_client(settings) as client, serve(_ok) as server:
        check_url_at_save(server.url, settings, field="url")
        assert (await client.get(server.url)).json() == "ok"


async def test_an_allowed_host_may_be_called_by_its_name_only() -> None:
    settings = Settings(allowed_private_addresses=("localhost",))
    async with outgoing_client(settings) as client, serve(_ok) as server:
        assert (await client.get(f"http://localhost:{server.port}/")).json() == "ok"
        with pytest.raises(AddressRefused):
            await client.get(server.url)


async def test_a_host_that_resolves_to_a_private_address_at_call_time_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """DNS answers with a public address at save and with a private one at call time."""
    settings = Settings()
    check_url_at_save("http://rebinding.example/", settings, field="url")
    real = socket.getaddrinfo

    def moved(host: Any, *rest: Any, **options: Any) -> Any:
        return real("127.0.0.1" if host == "rebinding.example" else host, *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", moved)
    async with outgoing_client(settings) as client, serve(_ok) as server:
        with pytest.raises(AddressRefused):
            await client.get(f"http://rebinding.example:{server.port}/")
        assert server.connections == 0


async def test_redirects_are_not_followed_even_if_a_library_asks_for_it() -> None:
    async def away(request: Request) -> Reply:
        return Reply(307, None, {"location": "/elsewhere"})

    async with outgoing_client(Settings(allowed_private_addresses=("127.0.0.1",))) as client, serve(away) as server:
        answer = await client.get(server.url, headers={"x-api-key": "k"}, follow_redirects=True)
        assert answer.status_code == 307
        assert len(server.requests) == 1


async def test_a_proxy_in_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serve(_ok) as proxy, serve(_ok) as server:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        async with outgoing_client(Settings(allowed_private_addresses=("127.0.0.1",))) as client:
            await client.get(server.url)
        assert proxy.connections == 0


async def test_an_endless_answer_is_cut_off() -> None:
    async def endless(request: Request) -> Reply:
        return Reply(200, b"x" * (17 * 1024 * 1024))

    async with outgoing_client(Settings(allowed_private_addresses=("127.0.0.1",))) as client, serve(endless) as server:
        with pytest.raises(httpx2.ReadError, match="longer than"):
            await client.get(server.url)
