"""Exports of runs: every one once, a last line that says so, and nothing that a spreadsheet would carry out."""

import csv
import io
import json
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from api.lists import run_export
from models.errors import DatabaseUnavailable
from models.states import RunStatus
from models.store.runs.listing.fetching import fetch
from models.store.tables.runs import Run
from tests.api.bodies import agent, made
from tests.api.lists.test_run_list import executed, listed


async def exported(client: httpx2.AsyncClient, format_: str, **params: Any) -> str:
    answer = await client.get("/api/runs/export", params={"format": format_, **params})
    assert answer.status_code == 200, answer.text
    return answer.text


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(one) for one in text.splitlines()]


async def test_an_export_has_every_run_once_and_says_that_it_is_complete(
    client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_export, "CHUNK", 2)
    ids = await executed(client, 5)
    *found, end = lines(await exported(client, "ndjson", primitive="scout"))
    assert [one["id"] for one in found] == ids[::-1]
    assert found[0]["primitive"] == "scout"
    assert end == {"end": True, "complete": True, "rows": 5, "reason": None, "cursor": None}
    head, *rows, last = csv.reader(io.StringIO(await exported(client, "csv")))
    assert [dict(zip(head, row, strict=True))["id"] for row in rows] == ids[::-1]
    assert last == ["#end", "complete", "5"]
    assert lines(await exported(client, "ndjson", status="failed")) == [{**end, "rows": 0}]


async def test_a_file_is_named_and_of_its_type(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/api/runs/export", params={"format": "csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith('attachment; filename="runs-')


async def test_text_that_looks_like_a_formula_is_not_one(client: httpx2.AsyncClient, session: AsyncSession) -> None:
    (run_id,) = await executed(client, 1)
    told = {"status": RunStatus.FAILED, "error_type": "agent", "error_message": '=HYPERLINK("x"),\nsecond'}
    await session.execute(update(Run).where(Run.id == run_id).values(**told))
    await session.commit()
    head, row, _ = csv.reader(io.StringIO(await exported(client, "csv")))
    assert dict(zip(head, row, strict=True))["errorMessage"] == "'" + told["error_message"]
    assert lines(await exported(client, "ndjson"))[0]["errorMessage"] == told["error_message"]


async def test_an_export_that_ends_early_says_why_and_where_to_go_on(
    client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_export, "CHUNK", 2)
    ids = await executed(client, 5)
    calls = iter(range(10))

    async def lost(*given: Any) -> Any:
        if next(calls) == 1:
            raise DatabaseUnavailable("Podium cannot use its database at the moment")
        return await fetch(*given)

    monkeypatch.setattr(run_export, "fetch", lost)
    *found, end = lines(await exported(client, "ndjson"))
    assert (end["complete"], end["rows"]) == (False, 2)
    assert "database" in end["reason"]
    *rest, last = lines(await exported(client, "ndjson", cursor=end["cursor"]))
    assert [one["id"] for one in found + rest] == ids[::-1]
    assert last["complete"]
    monkeypatch.setattr(run_export, "MOST_ROWS", 4)
    *_, csv_end = csv.reader(io.StringIO(await exported(client, "csv")))
    assert csv_end[:3] == ["#end", "incomplete", "4"]


async def test_what_is_wrong_is_refused_before_the_first_line(client: httpx2.AsyncClient, app: FastAPI) -> None:
    await made(client, "/api/primitives", agent())
    refused: list[tuple[dict[str, Any], int, str | None]] = [
        ({}, 422, "format"),
        ({"format": "csv", "automation": "nobody"}, 404, None),
        ({"format": "csv", "cursor": "x"}, 422, "cursor"),
        ({"format": "csv", "limit": 3}, 422, "limit"),
    ]
    for params, status, field in refused:
        answer = await client.get("/api/runs/export", params=params)
        assert (answer.status_code, answer.json().get("field")) == (status, field), params
    exports = app.state.podium.exports
    with exports.one_more("all"), exports.one_more("all"):
        busy = await client.get("/api/runs/export", params={"format": "csv"})
        assert (busy.status_code, "2 exports" in busy.json()["detail"]) == (429, True)
    assert (await listed(client))["items"] == []
    assert len(lines(await exported(client, "ndjson"))) == 1
