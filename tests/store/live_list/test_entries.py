"""Entries of the live list are built from plain records, and encoded when somebody looks at them."""

from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import update

from models.kinds import Kind
from models.states import RunStatus, Window
from models.store.automations.queries import by_ids
from models.store.automations.related import read_related, read_stats
from models.store.automations.views import view
from models.store.live_list.board import Board, refresh_board
from models.store.live_list.entries import entries, render
from models.store.tables.stats import AutomationStats
from runtime.database import Sessions, transaction
from tests.factories import make_agent, make_automation, make_primitive

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)


async def test_an_entry_shows_what_the_rows_show(sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        scout = await make_agent(session)
        desk = await make_primitive(session, Kind.NETWORK, {"members": [scout.slug]})
        rows = [
            await make_automation(session, scout, payload={"large": "x" * 1000}, budget_usd_month=Decimal(5)),
            await make_automation(session, desk, is_active=False, paused_by="ann", health_enabled=True),
        ]
        seen = {
            "recent_outcomes": "CCF",
            "completed": 2,
            "failed": 1,
            "started": 3,
            "last_run_status": RunStatus.FAILED,
        }
        await session.execute(update(AutomationStats).values(**seen, cost_usd_sum=Decimal("0.3"), cost_count=3))
    ids = [row.id for row in rows]
    async with transaction(sessions) as session:
        mapped = await by_ids(session, ids)
        related = await read_related(session, mapped, await read_stats(session, mapped), NOW)
        found = {one.id: one for one in await entries(session, ids, NOW)}
    for row in mapped:
        shown = view(row, related, NOW)
        one = found[row.id]
        assert one.rendering.encoded(Window.RECENT) == shown.model_dump_json(by_alias=True).encode()
        assert (one.state, one.started, one.next_run_at) == (
            shown.state,
            shown.stats.total_runs,
            shown.stats.next_run_at,
        )
        assert one.judged[Window.RECENT].severity is shown.severity
        assert one.month_usd == shown.est_monthly_cost.mean


async def test_nothing_is_encoded_before_somebody_looks_at_it(sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        agent = await make_agent(session)
        for _ in range(3):
            await make_automation(session, agent)
    board = Board()
    async with transaction(sessions) as session:
        await refresh_board(session, board, NOW)
    first, *others = board.entries.values()
    await render([first])
    assert (first.rendering.is_made, [one.rendering.is_made for one in others]) == (True, [False, False])
    assert first.rendering.digest(Window.RECENT) != others[0].rendering.digest(Window.RECENT)
