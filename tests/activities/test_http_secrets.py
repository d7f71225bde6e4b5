"""Secrets in the calls of the HTTP runner: sent as they are, and shown nowhere."""

import pytest

from models.errors import (
    AgentRefused,
)
from runtime.database import Sessions
from runtime.security.revealed_secrets import scrubbed_text, scrubbing
from runtime.security.secrets import SPEC_SECRETS, conceal
from tests.activities.calls import Caller, open_call
from tests.support.http_server import Reply, Request, serve


async def test_a_secret_that_an_endpoint_echoes_is_scrubbed_everywhere(sessions: Sessions, agents: Caller) -> None:
    async def echo(request: Request) -> Reply:
        shown = {"saw": request.headers["authorization"], "token": request.headers["authorization"].split()[1]}
        return Reply(200 if request.path == "/good" else 422, shown)

    async with serve(echo) as server:
        for path in ("good", "bad"):
            headers = {"Authorization": conceal(agents.activities.keyring, "Bearer hush-hush", context=SPEC_SECRETS)}
            call = await open_call(
                sessions, {"runner": {"type": "http", "url": f"{server.url}/{path}", "headers": headers}}
            )
            with scrubbing():
                if path == "good":
                    output = (await agents.call(call)).output
                    assert output == {"saw": "********", "token": "********"}
                else:
                    with pytest.raises(AgentRefused) as refusal:
                        await agents.call(call)
                    assert "hush" not in scrubbed_text(refusal.value.detail)


async def test_a_reference_in_a_url_is_sent_as_its_value_and_shown_nowhere(
    sessions: Sessions, agents: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def echo(request: Request) -> Reply:
        return Reply(200, {"saw": request.path})

    monkeypatch.setenv("PODIUM_SECRET_HOOK", "T0/B0 x&y")
    async with serve(echo) as server:
        url = f"{server.url}/hooks/env:PODIUM_SECRET_HOOK?q=env:PODIUM_SECRET_HOOK&token=written-here"
        call = await open_call(sessions, {"runner": {"type": "http", "url": url}})
        with scrubbing():
            output = (await agents.call(call)).output
    (request,) = server.requests
    assert request.path == "/hooks/T0/B0%20x%26y?q=T0/B0%20x%26y&token=written-here"
    assert output == {"saw": "/hooks/********?q=********&token=********"}


async def test_a_secret_is_recognised_although_an_error_is_cut(sessions: Sessions, agents: Caller) -> None:
    async def refuse(request: Request) -> Reply:
        return Reply(422, ("x" * 292 + request.headers["authorization"]).encode())

    async with serve(refuse) as server:
        headers = {"Authorization": conceal(agents.activities.keyring, "hush-hush-hush", context=SPEC_SECRETS)}
        spec = {"runner": {"type": "http", "url": server.url, "headers": headers}}
        with scrubbing(), pytest.raises(AgentRefused) as refusal:
            await agents.call(await open_call(sessions, spec))
    assert "hush" not in refusal.value.detail


@pytest.mark.parametrize("echoed", [rb"abc\/def+ghi=tail12345", rb"abc/def\u002Bghi=tail12345"])
async def test_a_secret_that_an_endpoint_s_json_escapes_is_scrubbed(
    sessions: Sessions, agents: Caller, echoed: bytes
) -> None:
    async def echo(request: Request) -> Reply:
        return Reply(400, b'{"saw": "Bearer ' + echoed + b'"}')

    async with serve(echo) as server:
        secret = conceal(agents.activities.keyring, "Bearer abc/def+ghi=tail12345", context=SPEC_SECRETS)
        spec = {"runner": {"type": "http", "url": server.url, "headers": {"Authorization": secret}}}
        with scrubbing(), pytest.raises(AgentRefused) as refusal:
            await agents.call(await open_call(sessions, spec))
    assert refusal.value.detail == 'the endpoint answered 400: {"saw": "******** ********"}'
