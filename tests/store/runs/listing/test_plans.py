"""No filter makes PostgreSQL read runs that it throws away, beyond what one request may.

The table is large enough that a walk over all of it would be seen, with rare runs among the oldest.
"""

from datetime import timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from sqlalchemy import exists, select, text

from models.contracts.runs.queries import RunQuery
from models.kinds import Kind
from models.states import RunSource, RunStatus, StatusGroup
from models.store.paging import PageRequest
from models.store.runs.listing.conditions import conditions
from models.store.runs.listing.fetching import fetch
from models.store.runs.listing.paths import READ_AT_ONCE
from models.store.runs.listing.selection import selection_of
from models.store.tables.errors import ErrorGroup
from models.store.tables.runs import Run
from runtime.database import Sessions, transaction
from tests.factories import make_agent, make_automation
from tests.store.runs.listing.plans import nodes, plans, thrown_away
from tests.store.runs.listing.stored import NOW

RUNS = 30_000
PAGE = PageRequest(50, None)
_FILL = """
    INSERT INTO runs (id, root_run_id, parent_run_id, kind, primitive_id, automation_id, source, status, queued_at,
                      duration_ms, cost_usd, error_key, interventions, is_counted)
    SELECT id, id, CASE WHEN is_child THEN id END, kind, :agent, CASE WHEN NOT is_child THEN :automation END,
           CASE WHEN is_child THEN 'parent' WHEN number = 29988 THEN 'slack' ELSE 'schedule' END,
           CASE WHEN number > 29980 THEN 'missed' WHEN number % 20 = 0 THEN 'failed'
                WHEN number < 40 THEN 'running' ELSE 'completed' END,
           CAST(:now AS timestamptz) - number * interval '20 seconds', number % 1000, number % 100 / 100.0,
           CASE WHEN number > 29980 THEN 7 WHEN number % 20 = 0 THEN 8 END, CASE WHEN number > 29995 THEN 1 ELSE 0 END,
           true
    FROM (
        SELECT number, gen_random_uuid() AS id, number % 5 < 3 AS is_child,
               CASE WHEN number % 5 < 3 OR number % 2 = 0 THEN 'agent' WHEN number > 29970 THEN 'pulse'
                    ELSE 'workflow' END AS kind
        FROM generate_series(1, :runs) AS number
    ) AS made
"""
_SUMS = """
    INSERT INTO kind_hours (kind, status, source, hour, slot, runs)
    SELECT kind, status, source, date_trunc('hour', queued_at), 0, count(*) FROM runs
    WHERE status <> 'running' GROUP BY 1, 2, 3, 4
"""


async def fill(sessions: Sessions) -> str:
    async with transaction(sessions) as session:
        agent, rare = await make_agent(session), await make_agent(session, "rare")
        automation = await make_automation(session, agent)
        for key in (7, 8):
            told = {"error_type": f"code-{key}", "template": f"template {key}", "sample": f"sample {key}"}
            session.add(ErrorGroup(key=key, version=1, first_seen=NOW, last_seen=NOW, **told))
        await session.flush()
        # Neither the triggers nor the foreign keys: this is about reading.
        await session.execute(text("SET LOCAL session_replication_role = replica"))
        values = {"agent": agent.id, "automation": automation.id, "now": NOW, "runs": RUNS}
        await session.execute(text(_FILL), values)
        await session.execute(
            text("UPDATE runs SET primitive_id = :rare WHERE queued_at < CAST(:then AS timestamptz)"),
            {"rare": rare.id, "then": NOW - timedelta(seconds=20 * (RUNS - 10))},
        )
        await session.execute(text(_SUMS))
        await session.execute(text("ANALYZE runs"))
        return automation.slug


def every_combination(automation: str) -> list[RunQuery]:
    """Return each combination of one value of several filters, and each value of the others."""
    choices: dict[str, list[Any]] = {
        "kind": [(), (Kind.PULSE,), (Kind.AGENT,)],
        "status": [(), (RunStatus.MISSED,), (RunStatus.FAILED,), (StatusGroup.OPEN,), (RunStatus.SKIPPED,)],
        "source": [(), (RunSource.SLACK,), (RunSource.SCHEDULE,)],
        "roots_only": [False, True],
    }
    found = [dict(zip(choices, one, strict=True)) for one in product(*choices.values())]
    others: list[dict[str, Any]] = [
        {"primitive": ("rare",)},
        {"error": (7,)},
        {"error_type": ("code-7",)},
        {"automation": (automation,), "status": (RunStatus.MISSED,)},
        {"automation": (automation,), "error": (7,)},
        {"automation": (automation,), "kind": (Kind.PULSE,)},
        {"intervened": True},
        {"q": "template 7"},
        {"q": "rare"},
        {"status": (RunStatus.MISSED,), "min_duration_ms": 999},
        {"min_cost_usd": Decimal(1)},
        {"kind": (Kind.AGENT,), "min_cost_usd": Decimal("0.99"), "roots_only": True},
        {"held": True},
        {"model": ("none",)},
    ]
    return [RunQuery(**one) for one in (*found, *others)]


@pytest.fixture
async def automation(sessions: Sessions) -> str:
    return await fill(sessions)


async def test_no_filter_makes_postgresql_throw_away_more_runs_than_a_request_may_read(
    sessions: Sessions, automation: str
) -> None:
    async with transaction(sessions) as session:
        # A table of this size is read in one go; one of ten million rows is not.
        await session.execute(text("SET LOCAL enable_seqscan = off"))
        for query in every_combination(automation):
            with plans(session) as found:
                page = await fetch(session, await selection_of(session, query), PAGE)
            for plan in found:
                assert thrown_away(plan["Plan"]) <= READ_AT_ONCE, (query, plan)
            assert page.rows or page.next_cursor or await _has_none(sessions, query), query


async def test_what_is_rare_is_merged_and_not_walked_to(sessions: Sessions, automation: str) -> None:
    async with transaction(sessions) as session:
        await session.execute(text("SET LOCAL enable_seqscan = off"))
        for query, most in (
            (RunQuery(), 0),
            (RunQuery(kind=(Kind.PULSE,), status=(RunStatus.MISSED,)), 100),
            (RunQuery(source=(RunSource.SLACK,)), 100),
            (RunQuery(status=(RunStatus.MISSED,), roots_only=True), 100),
            (RunQuery(error=(7,)), 10),
            (RunQuery(primitive=("rare",)), 10),
            (RunQuery(automation=(automation,), status=(RunStatus.MISSED,)), 10),
            (RunQuery(roots_only=True), 1000),
        ):
            with plans(session) as found:
                page = await fetch(session, await selection_of(session, query), PAGE)
            assert page.rows, query
            assert page.searched_to is None, query
            assert sum(thrown_away(plan["Plan"]) for plan in found) <= most, (query, found)
            read = [one for plan in found for one in nodes(plan["Plan"]) if one.get("Relation Name") == "runs"]
            assert sum(one["Actual Rows"] * one["Actual Loops"] for one in read) < 12_000, (query, read)


async def _has_none(sessions: Sessions, query: RunQuery) -> bool:
    """Whether PostgreSQL finds none by reading all."""
    async with transaction(sessions) as session:
        wanted = await selection_of(session, query)
        return not await session.scalar(select(exists(select(Run.id).where(*conditions(wanted)))))
