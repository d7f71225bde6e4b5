"""Runs at random, with what is known about them, and filters at random."""

import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import delete

from models.contracts.runs.queries import RunQuery
from models.kinds import Kind
from models.states import CLOSED_STATUSES, OPEN_STATUSES, RunSource, RunStatus, StatusGroup
from models.store.ids import fresh_id
from models.store.paging import Found, PageRequest
from models.store.runs.listing.fetching import fetch
from models.store.runs.listing.selection import selection_of
from models.store.tables.automations import Automation
from models.store.tables.errors import ErrorGroup
from models.store.tables.primitives import Primitive
from models.store.tables.runs import Run
from models.store.tables.stats import KindHour
from runtime.database import Sessions, transaction
from tests.factories import make_agent, make_automation, make_primitive

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
KEYS = {11: "rate_limited", -12: "timeout", 13: "skipped"}
MODELS = ["large", "small", None]
ROOT_SOURCES = [one for one in RunSource if one is not RunSource.PARENT]
GROUPS = {StatusGroup.OPEN: OPEN_STATUSES, StatusGroup.ENDED: CLOSED_STATUSES}


class Stored:
    """Runs at random; what is summed by hour is left out, so that a share is what a test says."""

    def __init__(self, sessions: Sessions) -> None:
        self.sessions = sessions
        self.rows: list[Run] = []
        self.automations: list[Automation] = []
        self.primitives: list[Primitive] = []

    async def fill(self, count: int, seed: int, apart: timedelta = timedelta(seconds=1)) -> None:
        chance = random.Random(seed)
        async with transaction(self.sessions) as session:
            agents = [await make_agent(session, f"agent-{name}") for name in "ab"]
            steps = {"steps": [{"key": "one", "agent": "agent-a"}]}
            self.primitives = [*agents, await make_primitive(session, Kind.WORKFLOW, steps, "steps")]
            self.automations = [await make_automation(session, one) for one in self.primitives]
            for key, code in KEYS.items():
                text = f"{code} by the provider of {key}"
                seen = {"first_seen": NOW, "last_seen": NOW}
                session.add(ErrorGroup(key=key, version=1, error_type=code, template=text, sample=text, **seen))
            for number in range(count):
                row = self._row(chance, NOW - number // 3 * apart)
                session.add(row)
                self.rows.append(row)
            await session.flush()

    def _row(self, chance: random.Random, queued_at: datetime) -> Run:
        place = chance.randrange(len(self.primitives))
        parent = chance.choice(self.rows) if self.rows and chance.random() < 0.4 else None
        run_id = fresh_id()
        cost = chance.choice([None, Decimal(0), Decimal("0.01"), Decimal(2)])
        source = RunSource.PARENT if parent else chance.choice([*ROOT_SOURCES, None])
        status = chance.choice([*RunStatus])
        return Run(
            id=run_id,
            kind=self.primitives[place].kind,
            primitive_id=self.primitives[place].id,
            automation_id=self.automations[place].id if parent is None and chance.random() < 0.7 else None,
            parent_run_id=parent.id if parent else None,
            root_run_id=parent.root_run_id if parent else run_id,
            rerun_of=chance.choice(self.rows).id if self.rows and chance.random() < 0.1 else None,
            # An older version has stored some without.
            source=source,
            status=status,
            # Some are in no sums yet, as those that an older version has stored.
            is_counted=status in CLOSED_STATUSES and source is not None and chance.random() < 0.8,
            reason=chance.choice(["paused", "outage", None]),
            # Several at the same instant: the id decides then.
            queued_at=queued_at,
            duration_ms=chance.choice([None, 5, 900]),
            cost_usd=cost,
            unknown_costs=chance.choice([0, 0, 1]),
            model=chance.choice(MODELS),
            simulated=chance.random() < 0.5,
            forced=chance.random() < 0.1,
            rescued=chance.random() < 0.1,
            interventions=chance.choice([0, 0, 0, 2]),
            error_key=chance.choice([*KEYS, None, None]),
        )

    async def shares(self, matching: int, others: int) -> None:
        """Say in the sums by hour how many agent runs have completed, and how many pulses failed."""
        rows = ((RunStatus.COMPLETED, Kind.AGENT, matching), (RunStatus.FAILED, Kind.PULSE, others))
        async with transaction(self.sessions) as session:
            await session.execute(delete(KindHour))
            for status, kind, runs in rows:
                key = {"kind": kind, "status": status, "source": RunSource.MANUAL, "slot": 0}
                session.add(KindHour(hour=NOW - timedelta(hours=1), runs=runs, **key))

    def expected(self, query: RunQuery) -> list[UUID]:
        found = [row for row in self.rows if self.holds(query, row)]
        return [row.id for row in sorted(found, key=lambda row: (row.queued_at, row.id), reverse=True)]

    def holds(self, query: RunQuery, row: Run) -> bool:
        slugs = {one.id: one.slug for one in self.primitives} | {one.id: one.slug for one in self.automations}
        touched = row.interventions > 0 or row.forced or row.rescued
        asked = frozenset[RunStatus]().union(
            *(GROUPS[one] if isinstance(one, StatusGroup) else {one} for one in query.status)
        )
        return (
            (not query.kind or row.kind in query.kind)
            and (not query.status or row.status in asked or (RunStatus.STUCK in asked and self._waits(row)))
            and (not query.source or row.source in query.source)
            and (not query.primitive or slugs[row.primitive_id] in query.primitive)
            and (not query.automation or (row.automation_id and slugs[row.automation_id]) in query.automation)
            and (not query.error or row.error_key in query.error)
            and (not query.error_type or (row.error_key and KEYS[row.error_key]) in query.error_type)
            and (not query.reason or row.reason in query.reason)
            and (not query.model or row.model in query.model)
            and (query.simulated is None or row.simulated is query.simulated)
            and (query.intervened is None or touched is query.intervened)
            and (query.forced is None or row.forced is query.forced)
            and _between(query.min_duration_ms, row.duration_ms, query.max_duration_ms)
            and _between(query.min_cost_usd, row.cost_usd, query.max_cost_usd)
            and (query.max_cost_usd is None or not row.unknown_costs)
            and (query.queued_from is None or row.queued_at >= query.queued_from)
            and (query.queued_to is None or row.queued_at < query.queued_to)
            and (query.root is None or row.root_run_id == query.root)
            and (query.parent is None or row.parent_run_id == query.parent)
            and (query.rerun_of is None or row.rerun_of == query.rerun_of)
            and (not query.roots_only or row.parent_run_id is None)
            and (not query.q or self._has_words(query.q, row))
        )

    def _waits(self, row: Run) -> bool:
        """Whether an open run has a stuck one below it."""
        below = [one for one in self.rows if one.parent_run_id == row.id]
        return row.status in OPEN_STATUSES and any(one.status is RunStatus.STUCK or self._above(one) for one in below)

    def _above(self, row: Run) -> bool:
        below = [one for one in self.rows if one.parent_run_id == row.id]
        return any(one.status is RunStatus.STUCK or self._above(one) for one in below)

    def _has_words(self, text: str, row: Run) -> bool:
        ids = (row.primitive_id, row.automation_id)
        names = [one.name for one in self.primitives if one.id in ids]
        names += [one.name for one in self.automations if one.id in ids]
        told = f"{KEYS[row.error_key]} by the provider of {row.error_key}" if row.error_key else ""
        return any(text.lower() in one.lower() for one in names) or text in told

    async def pages(self, query: RunQuery, limit: int, *, until: datetime | None = None) -> list[Found]:
        pages, cursor = [], None
        async with transaction(self.sessions) as session:
            while True:
                found = await fetch(session, await selection_of(session, query, until), PageRequest(limit, cursor))
                pages.append(found)
                cursor = found.next_cursor
                if cursor is None:
                    return pages
                assert len(pages) < 1000


def _between(least: Any, value: Any, most: Any) -> bool:
    if least is None and most is None:
        return True
    return value is not None and (least is None or value >= least) and (most is None or value <= most)


def queries(stored: Stored, count: int, seed: int) -> Sequence[RunQuery]:
    """Return filters at random: each condition in a sixth of them."""
    chance = random.Random(seed)

    def some(values: Sequence[Any], most: int = 2) -> tuple[Any, ...]:
        return tuple(chance.sample(values, chance.randint(1, most)))

    fields: dict[str, Callable[[], Any]] = {
        "kind": lambda: some([*Kind]),
        "status": lambda: some([*RunStatus, *StatusGroup], 4),
        "source": lambda: some([*RunSource], 4),
        "primitive": lambda: some([one.slug for one in stored.primitives]),
        "automation": lambda: some([one.slug for one in stored.automations]),
        "error": lambda: some([*KEYS, 99]),
        "error_type": lambda: some([*KEYS.values()]),
        "reason": lambda: ("paused",),
        "model": lambda: ("large",),
        "simulated": lambda: chance.random() < 0.5,
        "intervened": lambda: chance.random() < 0.5,
        "forced": lambda: chance.random() < 0.5,
        "min_duration_ms": lambda: 6,
        "max_duration_ms": lambda: 800,
        "min_cost_usd": lambda: Decimal("0.01"),
        "max_cost_usd": lambda: Decimal("0.01"),
        "queued_from": lambda: NOW - timedelta(seconds=chance.randint(30, 80)),
        "queued_to": lambda: NOW - timedelta(seconds=chance.randint(0, 30)),
        "root": lambda: stored.rows[0].id,
        "parent": lambda: stored.rows[0].id,
        "rerun_of": lambda: stored.rows[0].id,
        "roots_only": lambda: True,
        "q": lambda: chance.choice(["agent-a", "by the provider", "limited", "nowhere"]),
    }
    found = [RunQuery()]
    while len(found) < count:
        chosen = {name: value() for name, value in fields.items() if chance.random() < 1 / 6}
        is_reversed = {"min_duration_ms", "max_duration_ms"} <= chosen.keys()
        # There is no primitive of that name and kind.
        is_unknown = "primitive" in chosen and len(chosen.get("kind", ())) == 1
        if not (is_reversed or is_unknown):
            found.append(RunQuery(**chosen))
    return found
