from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx2
import pytest

from models.kinds import KINDS, Kind
from models.rules.cron.zones import zone
from models.states import RunStatus, Source
from models.store.primitives.queries import by_name
from models.store.runs.closing import finish
from models.store.stats.folding import fold_opened
from models.store.tables.automations import Automation
from runtime.database import Sessions, transaction
from tests.factories import make_agent, make_automation, queue_run

SPECS: dict[Kind, dict[str, Any]] = {
    Kind.AGENT: {"runner": {"type": "simulated"}},
    Kind.WORKFLOW: {"steps": [{"key": "read", "agent": "scout"}]},
    Kind.NETWORK: {"members": ["scout"], "router": {"type": "sequence"}},
    Kind.CAMPAIGN: {"objective": "x", "missions": [{"name": "m", "tasks": [{"name": "t", "agent": "scout"}]}]},
    Kind.PULSE: {"goal": "grow", "members": [{"agent": "scout"}]},
}


async def read(client: httpx2.AsyncClient, name: object, **params: Any) -> Any:
    answer = await client.get(f"/api/automations/{name}/trend", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def made(sessions: Sessions) -> Automation:
    async with transaction(sessions) as session:
        return await make_automation(session, await make_agent(session, "scout"), Source.WEBHOOK, webhook_path="in")


async def ran(sessions: Sessions, row: Automation, status: RunStatus, cost: str | None) -> None:
    now = datetime.now(UTC)
    async with transaction(sessions) as session:
        agent = await by_name(session, "scout", Kind.AGENT)
        run = await queue_run(session, agent, row, queued_at=now)
        run.status, run.started_at = RunStatus.RUNNING, now
        run.cost_usd, run.unknown_costs = (None, 1) if cost is None else (Decimal(cost), 0)
        await session.flush()
        await fold_opened(session, run)
        await finish(session, run, status, at=now)


async def test_today_includes_the_latest_runs_and_an_unknown_cost_is_not_zero(
    client: httpx2.AsyncClient, sessions: Sessions
) -> None:
    row = await made(sessions)
    await ran(sessions, row, RunStatus.COMPLETED, "0.20")
    await ran(sessions, row, RunStatus.FAILED, None)
    await ran(sessions, row, RunStatus.CANCELLED, "0.10")
    found = await read(client, row.slug, tz="America/New_York", days=7)
    assert (found["automationId"], found["timezone"]) == (str(row.id), "America/New_York")
    assert len(found["days"]) == 7
    today = found["days"][-1]
    assert today["day"] == datetime.now(zone("America/New_York")).date().isoformat()
    assert [today[name] for name in ("started", "completed", "failed", "cancelled")] == [3, 1, 1, 1]
    assert (today["successRate"], today["severity"]) == (50.0, "failing")
    assert (today["avgCostPerRun"], today["spent"], today["unknownCosts"]) == ("0.15", "0.3", 1)
    assert today["start"].endswith(("-04:00", "-05:00"))
    assert found["total"] == {name: today[name] for name in found["total"]}


async def test_an_automation_without_runs_has_empty_days(client: httpx2.AsyncClient, sessions: Sessions) -> None:
    row = await made(sessions)
    found = await read(client, row.id)
    assert (len(found["days"]), found["timezone"]) == (30, "UTC")
    assert {(day["started"], day["successRate"], day["avgDurationMs"]) for day in found["days"]} == {(0, None, None)}
    assert (found["total"]["severity"], found["total"]["spent"]) == ("healthy", "0")


@pytest.mark.parametrize("kind", Kind)
async def test_every_kind_has_a_trend(client: httpx2.AsyncClient, sessions: Sessions, kind: Kind) -> None:
    await made(sessions)
    slug = f"a-{KINDS[kind].plural}"
    primitive = {"kind": kind, "slug": slug, "name": slug, "spec": SPECS[kind]}
    assert (await client.post("/api/primitives", json=primitive)).status_code == 201
    automation = {"slug": slug, "name": slug, "primitive": {"kind": kind, "slug": slug}, "source": "manual"}
    assert (await client.post("/api/automations", json=automation)).status_code == 201
    assert len((await read(client, slug, days=90))["days"]) == 90


async def test_invalid_ranges_are_refused(
    client: httpx2.AsyncClient, anonymous: httpx2.AsyncClient, sessions: Sessions
) -> None:
    row = await made(sessions)
    path = f"/api/automations/{row.slug}/trend"
    assert (await anonymous.get(path)).status_code == 401
    assert (await client.get("/api/automations/no-such/trend")).status_code == 404
    for params, field in (({"days": 0}, "days"), ({"days": 91}, "days"), ({"tz": "Mars/Base"}, "tz")):
        answer = await client.get(path, params=params)
        assert (answer.status_code, answer.json()["field"]) == (422, field), answer.text
    key = (await client.post("/api/keys", json={"name": "reader", "scope": "read"})).json()["key"]
    assert (await anonymous.get(path, headers={"Authorization": f"Bearer {key}"})).status_code == 200
