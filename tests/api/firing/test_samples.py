"""Testing a draft's filter against a sample; event names, generated secrets and the coming hours of a preview."""

from decimal import Decimal
from typing import Any

import httpx2
import pytest

from models.states import Source
from runtime.database import Sessions, transaction
from tests.api.bodies import deliveries
from tests.api.outlook.test_preview import draft, look, scout_nightly
from tests.factories import make_agent, make_automation

BIG = {"payload": {"total": 11}}
MENTION = {"event_id": "Ev1", "event": {"type": "app_mention", "channel": "C1", "text": "hello"}}


def event(expression: str | None, sample: Any = None) -> dict[str, Any]:
    return {"source": "event", "event": {"name": "order.created", "filter": expression}, "sample": sample}


@pytest.mark.parametrize(
    ("expression", "sample", "fires", "reason"),
    [
        ("payload.total > 10", BIG, True, None),
        ("payload.total > 11", BIG, False, None),
        ("payload.amount > 10", BIG, False, "amount"),
        ("payload.total", BIG, False, "yields int"),
        ("payload.total > 10", {"payload": {"total": 10**400}}, False, "sample.payload.total is beyond"),
        ('name == "order.created"', BIG, True, None),
        (None, BIG, True, None),
        ("payload.total > 10", None, None, None),
    ],
)
async def test_a_sample_gets_the_same_filter_result_as_a_delivery(
    client: httpx2.AsyncClient, expression: str | None, sample: Any, fires: bool | None, reason: str | None
) -> None:
    verdict = (await look(client, event(expression, sample)))["filter"]
    assert (verdict["fires"], verdict["error"]) == (fires, None)
    assert (reason in verdict["reason"]) if reason else verdict["reason"] is None


async def test_a_delivery_has_the_outcome_that_the_preview_showed(
    client: httpx2.AsyncClient, sessions: Sessions
) -> None:
    async with transaction(sessions) as session:
        agent = await make_agent(session, "scout")
        await make_automation(session, agent, Source.EVENT, event_name="order.created", filter="payload.total > 10")
    for total, runs in ((11, 1), (9, 0), ("eleven", 0)):
        sample = {"payload": {"total": total}}
        verdict = (await look(client, event("payload.total > 10", sample)))["filter"]
        answer = await client.post("/api/triggers/event", json={"eventName": "order.created", **sample})
        assert len(answer.json()["runs"]) == int(verdict["fires"]) == runs
    found = await deliveries(client, endpoint="event:order.created")
    assert [one["payload"]["total"] for one in found] == ["eleven", 9, 11]
    assert (await client.get("/api/deliveries", params={"endpoint": "event:other"})).json()["items"] == []


@pytest.mark.parametrize(("expression", "reason"), [("payload.total >", "line 1"), ("headers.x == 1", "headers")])
async def test_a_preview_explains_an_invalid_filter(client: httpx2.AsyncClient, expression: str, reason: str) -> None:
    verdict = (await look(client, event(expression, BIG)))["filter"]
    assert reason in verdict["error"]
    assert verdict["fires"] is None


async def test_a_draft_without_filter_and_sample_has_no_filter_result(client: httpx2.AsyncClient) -> None:
    assert (await look(client, event(None)))["filter"] is None
    assert (await look(client, {"source": "schedule", "sample": BIG}))["filter"] is None


async def test_a_webhook_filter_sees_only_the_stored_headers(client: httpx2.AsyncClient) -> None:
    sample = {"payload": {}, "headers": {"X-GitHub-Event": "push", "X-Secret": "s"}}
    hook = {"path": "in", "filter": 'headers["x-github-event"] == "push" && !("x-secret" in headers)'}
    assert (await look(client, {"source": "webhook", "webhook": hook, "sample": sample}))["filter"]["fires"] is True


@pytest.mark.parametrize(
    ("config", "payload", "reason"),
    [
        ({"events": ["app_mention"]}, MENTION, None),
        ({"events": ["app_mention"], "channel": "C2"}, MENTION, "it listens in C2 only"),
        ({"events": ["message"]}, MENTION, "it does not listen to app_mention"),
        ({"command": "/ask", "filter": 'payload.text == "hi"'}, {"command": "/ask", "text": "hi"}, None),
        ({"events": ["message"]}, ["no", "object"], "a Slack payload is an object"),
    ],
)
async def test_a_slack_sample_must_match_the_channels_and_events(
    client: httpx2.AsyncClient, config: dict[str, Any], payload: Any, reason: str | None
) -> None:
    found = await look(client, {"source": "slack", "slack": config, "sample": {"payload": payload}})
    assert found["filter"]["fires"] is (reason is None)
    assert (reason in found["filter"]["reason"]) if reason else found["filter"]["reason"] is None


async def test_event_names_come_from_listeners_and_from_deliveries(
    client: httpx2.AsyncClient, sessions: Sessions
) -> None:
    async with transaction(sessions) as session:
        agent = await make_agent(session, "scout")
        await make_automation(session, agent, Source.EVENT, event_name="order.created")
    await client.post("/api/triggers/event", json={"eventName": "user.signed-up", "payload": {}})
    found = (await client.get("/api/events")).json()["items"]
    assert [(one["name"], one["automations"], one["lastAt"] is None) for one in found] == [
        ("user.signed-up", 0, False),
        ("order.created", 1, True),
    ]


async def test_each_generated_secret_is_new_and_usable_for_a_webhook(
    client: httpx2.AsyncClient, sessions: Sessions
) -> None:
    first, second = [(await client.post("/api/secrets")).json()["secret"] for _ in range(2)]
    assert first != second
    async with transaction(sessions) as session:
        await make_agent(session, "scout")
    made = await client.post(
        "/api/automations",
        json={
            "slug": "hook",
            "name": "Hook",
            "primitive": {"kind": "agent", "slug": "scout"},
            "source": "webhook",
            "webhook": {"path": "in", "secret": first},
        },
    )
    assert made.status_code == 201, made.text
    assert first not in made.text


async def test_the_next_hours_show_the_draft_separately(client: httpx2.AsyncClient, sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        agent = await make_agent(session, "scout")
        nightly = await make_automation(session, agent, Source.SCHEDULE, cron_expr="0 22 * * *", timezone="UTC")
    body = {"schedule": {"cronExpr": "0 */12 * * *", "timezone": "UTC"}}
    hours = (await look(client, body))["hours"]
    assert [len(hours), sum(one["others"] for one in hours), sum(one["added"] for one in hours)] == [24, 1, 2]
    changed = (await look(client, {**body, "automation": nightly.slug}))["hours"]
    assert sum(one["others"] for one in changed) == 0, "it is not counted beside itself"
    assert (await look(client, {}))["hours"] == []


async def test_a_preview_warns_of_a_budget_that_is_too_small(client: httpx2.AsyncClient, sessions: Sessions) -> None:
    await scout_nightly(sessions, cost_usd_sum=Decimal("0.50"), cost_count=1, recent_costs=[[1, "0.5"]])
    poor = await look(client, draft("0 9 * * *", "UTC", budgetUsdMonth="3"))
    assert any("more than its budget of $3.00" in warning for warning in poor["warnings"])
    assert (await look(client, draft("0 9 * * *", "UTC", budgetUsdMonth="300")))["warnings"] == []
