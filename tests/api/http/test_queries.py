"""Query parameters of lists; an unknown one is refused by name."""

import httpx2
import pytest

LISTS = (
    "/api/live/automations",
    "/api/live/density",
    "/api/live/calendar",
    "/api/live/costs",
    "/api/runs",
)


@pytest.mark.parametrize("path", LISTS)
async def test_an_unknown_query_parameter_is_refused_by_its_name(client: httpx2.AsyncClient, path: str) -> None:
    answer = await client.get(path, params={"stat": "failed"})
    assert (answer.status_code, answer.json()["field"]) == (422, "stat")


@pytest.mark.parametrize("path", LISTS[:4])
async def test_every_list_takes_the_filters_of_the_live_list(client: httpx2.AsyncClient, path: str) -> None:
    filters = {
        "search": "nightly",
        "primitive": ["agent", "pulse"],
        "type": "schedule",
        "severity": "failing",
        "state": ["paused", "new"],
        "agent": "scout",
        "archived": ["false", "true"],
        "window": "all",
        "startsFrom": "2030-01-01T00:00:00Z",
        "startsTo": "2030-01-02T00:00:00Z",
    }
    answer = await client.get(path, params=filters)
    assert answer.status_code == 200, answer.text
    assert (await client.get(path, params={**filters, "primitive": "nothing"})).json()["field"] == "primitive[0]"
    assert (await client.get(path, params={**filters, "startsTo": "2031-01-02T00:00:00Z"})).json()[
        "field"
    ] == "startsTo"
