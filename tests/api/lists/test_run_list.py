"""The list of runs over HTTP: its filters, and what it leaves out."""

from typing import Any

import httpx2
import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from models.states import RunStatus
from models.store.tables.runs import Run
from tests.api.bodies import Body, agent, automation, made


async def executed(client: httpx2.AsyncClient, count: int) -> list[str]:
    await made(client, "/api/primitives", agent())
    answers = [await client.post("/api/agents/scout/execute", json={"payload": n}) for n in range(count)]
    return [one.json()["runs"][0]["runId"] for one in answers]


async def listed(client: httpx2.AsyncClient, **params: Any) -> Body:
    answer = await client.get("/api/runs", params=params)
    assert answer.status_code == 200, answer.text
    found: Body = answer.json()
    return found


async def test_a_list_has_the_beginning_of_outputs_and_no_values(
    client: httpx2.AsyncClient, session: AsyncSession
) -> None:
    small, large = await executed(client, 2)
    for run_id, output in ((small, {"text": "done"}), (large, {"text": [str(n) for n in range(20_000)]})):
        await session.execute(update(Run).where(Run.id == run_id).values(output=output))
    await session.commit()
    found = {one["id"]: one for one in (await listed(client))["items"]}
    assert not {"input", "output"} & found[small].keys()
    assert (found[small]["preview"], found[large]["preview"]) == ("done", None)
    assert (found[small]["source"], found[small]["interventions"], found[small]["forced"]) == ("direct", 0, False)


async def test_the_group_of_an_error_is_a_filter_as_it_is_listed(
    client: httpx2.AsyncClient, session: AsyncSession
) -> None:
    ids = await executed(client, 3)
    for run_id, key in zip(ids, (-5, 2**62, None), strict=True):
        await session.execute(update(Run).where(Run.id == run_id).values(error_key=key, status=RunStatus.FAILED))
    await session.commit()
    keys = {one["id"]: one["errorKey"] for one in (await listed(client))["items"]}
    assert [keys[one] for one in ids] == ["fffffffffffffffb", "4000000000000000", None]
    assert [one["id"] for one in (await listed(client, error=keys[ids[0]]))["items"]] == [ids[0]]
    both = await listed(client, error=[keys[ids[0]], keys[ids[1]]], status="ended")
    assert {one["id"] for one in both["items"]} == set(ids[:2])


async def test_a_page_follows_the_one_before(client: httpx2.AsyncClient) -> None:
    ids = await executed(client, 5)
    first = await listed(client, limit=3, status="open", source="direct")
    second = await listed(client, limit=3, status="open", source="direct", cursor=first["nextCursor"])
    assert [one["id"] for one in first["items"] + second["items"]] == ids[::-1]
    assert (second["nextCursor"], second["searchedTo"]) == (None, None)


async def test_a_search_says_what_the_text_was_taken_for(client: httpx2.AsyncClient) -> None:
    (run_id,) = await executed(client, 1)
    await made(client, "/api/automations", automation("by-hand", "manual"))
    fired = (
        await client.post("/api/automations/by-hand/fire", json={"idempotencyKey": "order-7", "payload": 1})
    ).json()
    for q, found_by, expected in (
        (run_id[:23], "run", [run_id]),
        (f"run:{run_id}", "temporal", [run_id]),
        (fired["deliveryId"], "delivery", [fired["runs"][0]["runId"]]),
        ("order-7", "delivery", [fired["runs"][0]["runId"]]),
        ("By-Hand", "words", [fired["runs"][0]["runId"]]),
        ("100%", "words", []),
        (" ", None, [fired["runs"][0]["runId"], run_id]),
    ):
        found = await listed(client, q=q)
        assert (found["foundBy"], [one["id"] for one in found["items"]]) == (found_by, expected), q


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"status": "finished"}, "status[0]"),
        ({"source": "fax"}, "source[0]"),
        ({"error": "12"}, "error[0]"),
        ({"minDurationMs": -1}, "minDurationMs"),
        ({"minCostUsd": "2", "maxCostUsd": "1"}, "minCostUsd"),
        ({"from": "2026-03-02T00:00:00Z", "to": "2026-03-01T00:00:00Z"}, "from"),
        ({"cursor": "x"}, "cursor"),
    ],
)
async def test_a_value_that_is_no_filter_is_refused_with_its_field(
    client: httpx2.AsyncClient, params: dict[str, Any], field: str
) -> None:
    answer = await client.get("/api/runs", params=params)
    assert (answer.status_code, answer.json()["field"]) == (422, field), answer.text


async def test_facets_count_what_the_list_has(client: httpx2.AsyncClient) -> None:
    await executed(client, 3)
    found = (await client.get("/api/runs/facets", params={"kind": "agent", "q": "scout"})).json()
    exact = {"count": 3, "exactness": "exact"}
    assert found["total"] == exact
    assert found["status"] == [{"value": "queued", "label": None, "detail": None, **exact}]
    (primitive,) = found["primitive"]
    assert (primitive["label"], primitive["detail"], primitive["count"]) == ("Scout", "scout", 3)
    assert (await client.get("/api/runs", params={"primitive": primitive["value"]})).json()["items"][0][
        "kind"
    ] == "agent"
    assert (await client.get("/api/runs/facets", params={"limit": 3})).json()["field"] == "limit"


async def test_what_does_not_exist_is_not_an_empty_list(client: httpx2.AsyncClient) -> None:
    for params in ({"automation": "nobody"}, {"primitive": ["nothing"]}):
        assert (await client.get("/api/runs", params=params)).status_code == 404
