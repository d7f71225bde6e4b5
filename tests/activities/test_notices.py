"""Sending notices: what a channel receives, what is tried again, and what is never shown."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from json import loads
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import select, update
from standardwebhooks.webhooks import Webhook
from temporalio.testing import ActivityEnvironment

from activities.notices.sending import NoticeActivities
from models.contracts.governance.notices import NoticeSeverity
from models.rules.health_notices import NoticeText
from models.store.governance.notices import RETRIES, add_notice
from models.store.tables.automations import Automation
from models.store.tables.notices import Notice
from runtime.database import Sessions, transaction
from runtime.security.outbound import outgoing_client
from runtime.settings import Settings
from tests.factories import make_agent, make_automation
from tests.support.http_server import LocalServer, Reply, Request, serve

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
TEXT = NoticeText(NoticeSeverity.CRITICAL, "Nightly was disabled", "0% of the last 5 runs completed.")


@asynccontextmanager
async def receiver(*statuses: int) -> AsyncIterator[LocalServer]:
    """Answer requests with these statuses in turn, and with 200 from then on."""
    left = list(statuses)

    async def answer(_: Request) -> Reply:
        return Reply(left.pop(0) if left else 200)

    async with serve(answer) as server:
        yield server


def configured(settings: Settings, *urls: str, allowed: tuple[str, ...] = ("127.0.0.1",)) -> Settings:
    return settings.model_copy(
        update={
            "notice_urls": tuple(SecretStr(url) for url in urls),
            "notice_secret": SecretStr(SECRET),
            "allowed_private_addresses": allowed,
            "public_url": "https://podium.example.com",
        }
    )


async def send(sessions: Sessions, settings: Settings) -> int:
    async with outgoing_client(settings) as http:
        handled: int = await ActivityEnvironment().run(NoticeActivities(sessions, settings, http).send_notices)
        return handled


async def noticed(sessions: Sessions, age: timedelta = timedelta(0)) -> Automation:
    async with transaction(sessions) as session:
        row = await make_automation(session, await make_agent(session))
        await add_notice(session, "health.disable", TEXT, datetime.now(UTC) - age, automation_id=row.id)
        return row


async def notice(sessions: Sessions) -> Notice:
    async with transaction(sessions) as session:
        return (await session.scalars(select(Notice))).one()


async def make_due(sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        await session.execute(update(Notice).values(send_at=datetime.now(UTC)))


async def test_a_webhook_gets_the_notice_with_a_signature(sessions: Sessions, settings: Settings) -> None:
    row = await noticed(sessions)
    async with receiver() as server:
        assert await send(sessions, configured(settings, f"{server.url}/hook?token=abcdef")) == 1
        assert await send(sessions, configured(settings, f"{server.url}/hook?token=abcdef")) == 0, "sent once"
    (request,) = server.requests
    body: Any = Webhook(SECRET).verify(request.body, request.headers)
    stored = await notice(sessions)
    assert request.headers["webhook-id"] == str(stored.id)
    assert (body["type"], body["data"]["title"]) == ("health.disable", "Nightly was disabled")
    assert body["data"]["automation"] == {"id": str(row.id), "slug": row.slug, "name": row.name}
    assert body["data"]["url"] == f"https://podium.example.com/?open={row.slug}"
    assert stored.send_at is None
    (delivery,) = stored.deliveries.values()
    assert (delivery["channel"], delivery["attempts"], delivery["error"]) == ("127.0.0.1", 1, None)
    assert "abcdef" not in str(stored.deliveries)


async def test_a_channel_that_fails_is_tried_again_and_the_others_are_not(
    sessions: Sessions, settings: Settings
) -> None:
    await noticed(sessions)
    async with receiver(500) as failing, receiver() as working:
        both = configured(settings, failing.url, working.url)
        await send(sessions, both)
        stored = await notice(sessions)
        assert stored.send_at
        assert RETRIES[0] - timedelta(seconds=10) < stored.send_at - datetime.now(UTC) < RETRIES[0]
        assert "answered 500" in str(stored.deliveries)
        await make_due(sessions)
        await send(sessions, both)
    assert (len(failing.requests), len(working.requests)) == (2, 1)
    ids = {request.headers["webhook-id"] for request in failing.requests}
    assert len(ids) == 1, "a repetition can be recognised"
    assert (await notice(sessions)).send_at is None


async def test_a_channel_that_keeps_failing_is_given_up(sessions: Sessions, settings: Settings) -> None:
    await noticed(sessions)
    async with receiver(*[500] * 20) as server:
        for _ in range(len(RETRIES) + 3):
            await make_due(sessions)
            await send(sessions, configured(settings, server.url))
    assert len(server.requests) == len(RETRIES) + 1
    assert (await notice(sessions)).send_at is None


@pytest.mark.parametrize("scheme", ["http", "json"])
async def test_a_private_address_is_refused_before_anything_is_sent(
    sessions: Sessions, settings: Settings, scheme: str
) -> None:
    await noticed(sessions)
    async with receiver() as server:
        await send(sessions, configured(settings, server.url.replace("http", scheme), allowed=()))
    assert server.connections == 0
    (delivery,) = (await notice(sessions)).deliveries.values()
    assert "may not be called" in delivery["error"]


async def test_a_service_of_apprise_gets_the_notice(sessions: Sessions, settings: Settings) -> None:
    row = await noticed(sessions)
    async with receiver() as server:
        await send(sessions, configured(settings, server.url.replace("http", "json") + "/hook?-secret=abcdef"))
    (request,) = server.requests
    body = loads(request.body)
    assert (body["title"], body["type"]) == ("Nightly was disabled", "failure")
    assert body["message"].splitlines() == [
        "0% of the last 5 runs completed.",
        "",
        f"https://podium.example.com/?open={row.slug}",
    ]
    (delivery,) = (await notice(sessions)).deliveries.values()
    assert (delivery["channel"], delivery["over"]) == ("json", True)


@pytest.mark.parametrize("url", ["nobody-knows://x/y?token=abcdef", "syslog://", "json://127.0.0.1:9/?token=abcdef"])
async def test_what_cannot_be_sent_says_so_without_the_address(
    sessions: Sessions,
    settings: Settings,
    url: str,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    await noticed(sessions)
    await send(sessions, configured(settings, url))
    stored = await notice(sessions)
    (delivery,) = stored.deliveries.values()
    assert delivery["error"]
    seen = capsys.readouterr()
    assert "abcdef" not in str(stored.deliveries) + caplog.text + seen.out + seen.err


async def test_without_a_channel_nothing_waits_and_old_notices_are_not_sent_later(
    sessions: Sessions, settings: Settings
) -> None:
    await noticed(sessions)
    await send(sessions, settings)
    assert (await notice(sessions)).send_at is None


async def test_what_could_not_be_sent_for_a_day_is_no_news(sessions: Sessions, settings: Settings) -> None:
    await noticed(sessions, age=timedelta(days=2))
    async with receiver() as server:
        await send(sessions, configured(settings, server.url))
    assert server.requests == []


async def test_two_workers_do_not_send_the_same_notice(sessions: Sessions, settings: Settings) -> None:
    for _ in range(30):
        await noticed(sessions)
    async with receiver() as server:
        mine = configured(settings, server.url).model_copy(update={"notices_per_hour": 100})
        await asyncio.gather(*(send(sessions, mine) for _ in range(3)))
    ids = [request.headers["webhook-id"] for request in server.requests]
    assert (len(ids), len(set(ids))) == (30, 30)


async def test_above_the_limit_of_an_hour_notices_wait_and_come_in_one_message(
    sessions: Sessions, settings: Settings
) -> None:
    for _ in range(26):
        await noticed(sessions)
    async with receiver() as server, receiver(500) as other:
        mine = configured(settings, f"{server.url}/a", f"{other.url}/b")
        await send(sessions, mine)
        assert (len(server.requests), len(other.requests)) == (20, 21), "one of the other's failed, and does not count"
        assert await send(sessions, mine) == 0, "they wait, and are not tried again and again"
        await make_due(sessions)
        await send(sessions, mine)
        assert (len(server.requests), len(other.requests)) == (20, 21)
        await pass_time(sessions, timedelta(minutes=61))
        await send(sessions, mine)
        await send(sessions, mine)
    assert (len(server.requests), len(other.requests)) == (21, 22)
    body = Webhook(SECRET).verify(server.requests[-1].body, server.requests[-1].headers)
    assert (body["type"], body["data"]["title"], body["data"]["severity"]) == ("notices", "6 more notices", "critical")
    assert body["data"]["text"].count("- Nightly was disabled") == 6
    async with transaction(sessions) as session:
        rows = (await session.scalars(select(Notice))).all()
    assert all(one["over"] for row in rows for one in row.deliveries.values())
    assert all(row.send_at is None for row in rows)


async def test_a_message_for_many_that_is_not_taken_is_sent_again_whole(sessions: Sessions, settings: Settings) -> None:
    for _ in range(4):
        await noticed(sessions)
    async with receiver(200, 500) as server:
        mine = configured(settings, server.url).model_copy(update={"notices_per_hour": 1})
        await send(sessions, mine)
        await pass_time(sessions, timedelta(minutes=61))
        for _ in range(2):
            await noticed(sessions)
            await make_due(sessions)
            await send(sessions, mine)
            await pass_time(sessions, timedelta(minutes=61))
    titles = [loads(request.body)["data"]["title"] for request in server.requests]
    one, many = "Nightly was disabled", "3 more notices"
    assert titles == [one, many, one, many], "it is tried again when it is due, and not before"


async def pass_time(sessions: Sessions, span: timedelta) -> None:
    """Let everything have happened earlier, and be due now."""
    async with transaction(sessions) as session:
        for row in await session.scalars(select(Notice)):
            row.at -= span
            row.deliveries = {
                key: {**one, "sent_at": (datetime.fromisoformat(one["sent_at"]) - span).isoformat()}
                if one["sent_at"]
                else one
                for key, one in row.deliveries.items()
            }
            row.send_at = row.send_at and datetime.now(UTC)
