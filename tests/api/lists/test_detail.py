"""The detail of one automation, beyond the list."""

from datetime import UTC, datetime

import httpx2

from models.states import Source
from runtime.database import Sessions, transaction
from tests.factories import make_agent, make_automation

AT = datetime(2026, 3, 2, 10, tzinfo=UTC)


async def test_a_schedule_that_cannot_be_accounted_for_says_since_when_why_and_when_again(
    client: httpx2.AsyncClient, sessions: Sessions
) -> None:
    async with transaction(sessions) as session:
        row = await make_automation(
            session,
            await make_agent(session),
            Source.SCHEDULE,
            cron_expr="* * * * *",
            accounted_until=AT,
            account_next_at=AT,
        )
    url = f"/api/automations/{row.id}"
    found = (await client.get(url)).json()
    assert found["accountedUntil"] == "2026-03-02T10:00:00Z"
    assert (found["accountingError"], found["accountingRetryAt"]) == (None, None)
    async with transaction(sessions) as session:
        (await session.get_one(type(row), row.id)).accounting_error = "it took too long"
    found = (await client.get(url)).json()
    assert found["accountingError"] == "it took too long"
    assert found["accountingRetryAt"] == "2026-03-02T10:00:00Z"
