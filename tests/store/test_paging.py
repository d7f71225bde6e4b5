import uuid
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from models.errors import Invalid
from models.store.paging import PageRequest, decode_cursor, encode_cursor, fetch_page
from models.store.tables.runs import Run
from runtime.database import Sessions, transaction
from tests.factories import make_agent, queue_run

NOW = datetime(2026, 3, 2, 12, 0, 0, 123456, tzinfo=UTC)


async def fetch(sessions: Sessions, limit: int, cursor: str | None = None) -> tuple[list[uuid.UUID], str | None]:
    async with transaction(sessions) as session:
        request = PageRequest(limit, cursor)
        rows, following = await fetch_page(session, select(Run), request, Run.queued_at, Run.id)
        return [row.id for row in rows], following


async def add(sessions: Sessions, *minutes_ago: int) -> list[uuid.UUID]:
    async with transaction(sessions) as session:
        agent = await make_agent(session)
        times = [NOW - timedelta(minutes=minutes) for minutes in minutes_ago]
        return [(await queue_run(session, agent, None, queued_at=at)).id for at in times]


@pytest.mark.parametrize("limit", [1, 2, 3, 6, 7])
async def test_pages_contain_every_row_once_newest_first(sessions: Sessions, limit: int) -> None:
    # Three rows of the same instant are ordered by id.
    newest, *same, oldest, older = await add(sessions, 1, 5, 5, 5, 9, 8)
    found: list[uuid.UUID] = []
    cursor = None
    while True:
        page, cursor = await fetch(sessions, limit, cursor)
        assert len(page) <= limit
        found += page
        if cursor is None:
            break
    assert found == [newest, *sorted(same, reverse=True), older, oldest]


async def test_new_rows_do_not_shift_the_next_page(sessions: Sessions) -> None:
    first, second, third = await add(sessions, 1, 2, 3)
    page, cursor = await fetch(sessions, 2)
    assert page == [first, second]
    await add(sessions, 0)
    assert await fetch(sessions, 2, cursor) == ([third], None)


async def test_a_full_last_page_has_no_cursor(sessions: Sessions) -> None:
    assert await fetch(sessions, 2) == ([], None)
    await add(sessions, 1, 2)
    assert (await fetch(sessions, 2))[1] is None


def test_a_cursor_keeps_microseconds_and_any_text() -> None:
    key = uuid.uuid4()
    assert decode_cursor(encode_cursor(NOW, key, 'ü "x"'), 3) == [NOW.isoformat(), str(key), 'ü "x"']


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "%%%", "bm90IGpzb24", encode_cursor("one"), encode_cursor(1, 2, 3), encode_cursor("a", "b"), "WzEsIDJd"],
)
async def test_an_invalid_cursor_is_refused_with_its_field(sessions: Sessions, cursor: str) -> None:
    with pytest.raises(Invalid) as caught:
        await fetch(sessions, 2, cursor)
    assert caught.value.field == "cursor"
