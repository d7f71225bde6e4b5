"""`GET /api/live/control/entities`: who contributes most to the last day, and which agents people had to help."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx2

from models.states import RunSource, RunStatus
from models.store.control.entities import MOST
from models.store.stats.counting import hour_of
from models.store.tables.primitives import Primitive
from models.store.tables.stats import AutomationHour, PrimitiveHour
from runtime.database import Sessions, transaction
from tests.api.bodies import Body
from tests.factories import make_agent, make_automation

DAY = timedelta(hours=24)


def sums(primitive: Primitive, hour: datetime, runs: int, status: RunStatus, cost: str = "0") -> PrimitiveHour:
    row = PrimitiveHour(primitive_id=primitive.id, hour=hour, source=RunSource.EVENT, status=status)
    row.runs = row.occurrences = row.started = runs
    row.own_cost_usd_sum = Decimal(cost)
    row.unattended, row.intervened, row.rescued, row.gates = runs, 0, 0, 0
    return row


async def asked(client: httpx2.AsyncClient) -> Body:
    answer = await client.get("/api/live/control/entities")
    assert answer.status_code == 200, answer.text
    found: Body = answer.json()
    return found


async def test_shares_and_the_day_before_are_told(client: httpx2.AsyncClient, sessions: Sessions) -> None:
    hour = hour_of(datetime.now(UTC)) - timedelta(hours=2)
    async with transaction(sessions) as session:
        scout, writer = await make_agent(session, "scout"), await make_agent(session, "writer")
        row = await make_automation(session, scout)
        row.name, row.slug = "Desk", "desk"
        session.add_all(
            [
                sums(scout, hour, 30, RunStatus.COMPLETED, "1"),
                sums(scout, hour, 6, RunStatus.FAILED),
                sums(scout, hour, 99, RunStatus.SKIPPED),
                sums(scout, hour - DAY, 3, RunStatus.FAILED),
                sums(scout, hour - 2 * DAY, 50, RunStatus.FAILED),
                sums(writer, hour, 10, RunStatus.COMPLETED, "3"),
                sums(writer, hour, 2, RunStatus.FAILED),
                AutomationHour(
                    automation_id=row.id, hour=hour, completed=4, failed=1, cancelled=0, known_usd_sum=Decimal(2)
                ),
            ]
        )
    found = await asked(client)
    assert found["total"] == {"runs": 48, "failed": 8, "costUsd": "4"}
    first, second = found["primitives"]
    assert (first["kind"], first["slug"], first["link"]) == ("agent", "scout", "/primitives/agent/scout")
    assert first["now"] == {"runs": 36, "failed": 6, "costUsd": "1"}
    assert first["before"] == {"runs": 3, "failed": 3, "costUsd": "0"}
    assert first["share"] == {"runs": 75, "failed": 75, "costUsd": 25}
    assert (second["slug"], second["share"]["costUsd"]) == ("writer", 75)
    (desk,) = found["automations"]
    assert (desk["link"], desk["now"], desk["share"]["failed"]) == (
        "/?open=desk",
        {"runs": 5, "failed": 1, "costUsd": "2"},
        100,
    )


async def test_only_the_first_of_each_figure_are_listed(client: httpx2.AsyncClient, sessions: Sessions) -> None:
    hour = hour_of(datetime.now(UTC))
    async with transaction(sessions) as session:
        for place in range(30):
            agent = await make_agent(session, f"agent-{place:02}")
            session.add(sums(agent, hour, place + 1, RunStatus.COMPLETED, str(30 - place)))
    found = await asked(client)
    assert {one["slug"] for one in found["primitives"]} == {
        *(f"agent-{place:02}" for place in range(MOST)),
        *(f"agent-{place:02}" for place in range(30 - MOST, 30)),
    }
    assert len(found["autonomy"]) == MOST


async def test_autonomy_has_an_interval_and_the_agents_that_needed_help_first(
    client: httpx2.AsyncClient, sessions: Sessions
) -> None:
    hour = hour_of(datetime.now(UTC)) - 3 * DAY
    async with transaction(sessions) as session:
        alone, helped, young = [await make_agent(session, slug) for slug in ("alone", "helped", "young")]
        touched = sums(helped, hour, 50, RunStatus.COMPLETED)
        touched.unattended, touched.intervened, touched.rescued, touched.gates = 40, 8, 3, 5
        session.add_all(
            [
                touched,
                sums(alone, hour, 20, RunStatus.COMPLETED),
                sums(young, hour, 3, RunStatus.FAILED),
                sums(young, hour - 40 * DAY, 100, RunStatus.FAILED),
            ]
        )
    first, second, third = (await asked(client))["autonomy"]
    assert first == {
        "slug": "helped",
        "name": first["name"],
        "link": "/primitives/agent/helped",
        "runs": 50,
        "unattended": 40,
        "unattendedPercent": 80,
        "lowPercent": 67,
        "highPercent": 88.8,
        "touched": 8,
        "rescued": 3,
        "gates": 5,
    }
    assert (second["slug"], second["unattendedPercent"], second["lowPercent"]) == ("alone", 100, 83.9)
    assert (third["slug"], third["runs"], third["unattendedPercent"]) == ("young", 3, None)
