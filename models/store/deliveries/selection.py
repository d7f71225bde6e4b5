"""Finds deliveries by filter, newest first, along an index that has them in this order.

PostgreSQL is not left to choose between walking all deliveries and sorting those that match: where the values of a
filter have an index, the newest of each value are read and merged. What the index does not know is filtered afterwards,
among `READ_AT_ONCE` deliveries at most; the answer says how far that went.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import Any, cast

from sqlalchemy import ARRAY, ColumnElement, Select, Table, Text, exists, func, literal, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.queries import DeliveryQuery
from models.contracts.runs.replays import DeliverySelection
from models.errors import Invalid
from models.states import DeliveryOutcome, MatchOutcome, Source
from models.store.automations import queries as automations
from models.store.deliveries.search import with_key
from models.store.ids import among, id_range
from models.store.paging import After, Found, PageRequest, bounds, encode_cursor, read_cursor
from models.store.tables.deliveries import Delivery
from models.store.tables.delivery_matches import DeliveryMatch

READ_AT_ONCE = 20_000
_DELIVERIES, _MATCHES = (cast("Table", one.__table__) for one in (Delivery, DeliveryMatch))
_ROW, _MATCH = _DELIVERIES.c, _MATCHES.c
_SLIM = tuple(column for column in _ROW if column.name not in ("headers", "body", "payload"))
"""What lists need: what was sent may be a megabyte each."""
_SOURCES = tuple(one for one in Source if one is not Source.SCHEDULE)


@dataclass(frozen=True, slots=True)
class Selection:
    """A filter with its names looked up."""

    query: DeliveryQuery
    automation_id: uuid.UUID | None = None
    ids: tuple[uuid.UUID, uuid.UUID] | None = None
    """The first and the last id that begins as asked."""
    keyed: Sequence[uuid.UUID] | None = None
    """Deliveries that are named, or have the idempotency key that is asked for."""
    until: datetime | None = None
    """Only what was received by then: the frozen set of a replay."""

    @property
    def only_dead(self) -> bool:
        return bool(self.query.dead or self.query.dead_reason)

    @property
    def is_narrow(self) -> bool:
        """Whether it is read along an index of few deliveries, or of the dead ones."""
        return bool(self.keyed is not None or self.query.replay_of or self.only_dead)


async def selection_of(session: AsyncSession, query: DeliveryQuery, until: datetime | None = None) -> Selection:
    """Look up the names in a filter.

    Raises:
        NotFound: there is no such automation.
        Invalid: the span is reversed.
    """
    since, before = query.received_from, query.received_to
    if since is not None and before is not None and since > before:
        raise Invalid("from must not be after to", field="from")
    automation = await automations.by_name(session, query.automation) if query.automation else None
    text = query.q.strip()
    keyed = await with_key(session, text, query.endpoint) if text else None
    automation_id = automation.id if automation else None
    if isinstance(query, DeliverySelection) and query.delivery_ids is not None:
        return Selection(query, automation_id, None, query.delivery_ids, until)
    return Selection(query, automation_id, id_range(text), keyed, until)


async def fetch(session: AsyncSession, wanted: Selection, request: PageRequest) -> Found:
    """Return a page of slim rows."""
    after = read_cursor(request.cursor) if request.cursor else None
    is_filtered = has_residual(wanted)
    most = READ_AT_ONCE if is_filtered else request.limit + 1
    read = along_index(wanted, most, after).subquery()
    query = select(read).where(read.c.fits) if is_filtered else select(read)
    newest = (read.c.received_at.desc(), read.c.id.desc())
    rows = (await session.execute(query.order_by(*newest).limit(request.limit + 1))).all()
    if len(rows) > request.limit:
        last = rows[request.limit - 1]
        return Found(rows[: request.limit], encode_cursor(last.received_at, last.id))
    end = select(read.c.received_at, read.c.id).order_by(*newest).offset(most - 1)
    reached = (await session.execute(end)).one_or_none() if is_filtered else None
    if reached is None:
        return Found(rows)
    return Found(rows, encode_cursor(reached.received_at, reached.id), reached.received_at)


def along_index(wanted: Selection, most: int, after: After = None) -> Select[Any]:
    """Select the newest deliveries along an index, at most so many; `fits`: whether the rest of the filter holds."""
    query, conditions = wanted.query, _span(wanted, after)
    if wanted.is_narrow:
        return _few(wanted, conditions, most)
    if wanted.automation_id:
        return _offered(wanted, wanted.automation_id, most, after)
    if query.dead is False:
        conditions.append(_ROW.dead_reason.is_(None))
    outcomes = query.outcome or tuple(DeliveryOutcome)
    if query.endpoint:
        if query.source:
            conditions.append(_ROW.source.in_(query.source))
        return _merged(_ROW.endpoint, [*product(query.endpoint, outcomes)], conditions, most)
    if query.source or query.outcome:
        pairs = product((one.value for one in query.source or _SOURCES), outcomes)
        return _merged(_ROW.source, [*pairs], conditions, most)
    return _newest(select(*_SLIM, true().label("fits")).where(*conditions), most)


def _few(wanted: Selection, conditions: Sequence[ColumnElement[bool]], most: int) -> Select[Any]:
    """Select from the dead letters, or from a handful of deliveries."""
    query, narrow = wanted.query, [*conditions]
    if wanted.only_dead:
        narrow.append(_ROW.dead_reason.is_not(None))
    if query.replay_of:
        narrow.append(_ROW.replay_of == query.replay_of)
    if wanted.keyed is not None:
        keyed = among(Delivery.id, wanted.keyed)
        narrow.append(_ROW.id.between(*wanted.ids) | keyed if wanted.ids else keyed)
    few = select(*_SLIM, _fits(wanted)).where(*narrow)
    if not query.replay_of and wanted.keyed is None:
        return _newest(few, most)
    # A fence: there are few of them, to be sorted, and all deliveries are not to be walked for them.
    fenced = few.offset(0).subquery("few")
    return select(fenced).order_by(fenced.c.received_at.desc(), fenced.c.id.desc()).limit(most)


def _merged(
    column: ColumnElement[Any],
    pairs: Sequence[tuple[str, DeliveryOutcome]],
    conditions: Sequence[ColumnElement[bool]],
    most: int,
) -> Select[Any]:
    """Merge the newest of each value of a column and outcome. Planning takes as long for one as for many."""
    values, outcomes = [one for one, _ in pairs], [outcome.value for _, outcome in pairs]
    asked = (
        func.unnest(literal(values, ARRAY(Text())), literal(outcomes, ARRAY(Text())))
        .table_valued("value", "outcome")
        .render_derived("asked")
    )
    branch = select(*_SLIM, true().label("fits")).where(column == asked.c.value, _ROW.outcome == asked.c.outcome)
    newest = _newest(branch.where(*conditions), most).lateral("newest")
    merged = select(newest).select_from(asked.join(newest, true()))
    return merged.order_by(newest.c.received_at.desc(), newest.c.id.desc()).limit(most)


def _offered(wanted: Selection, automation_id: uuid.UUID, most: int, after: After) -> Select[Any]:
    """Select the newest deliveries that an automation was offered, by what they meant for it."""
    outcomes = [one.value for one in wanted.query.match or MatchOutcome]
    asked = func.unnest(literal(outcomes, ARRAY(Text()))).table_valued("outcome").render_derived("asked")
    branch = (
        select(_MATCH.delivery_id, _MATCH.at)
        .where(_MATCH.automation_id == automation_id, _MATCH.outcome == asked.c.outcome)
        .where(*_span(wanted, after, at=_MATCH.at, key=_MATCH.delivery_id))
        .order_by(_MATCH.at.desc(), _MATCH.delivery_id.desc())
        .limit(most)
        .lateral("newest")
    )
    merged = select(branch.c.delivery_id, branch.c.at).select_from(asked.join(branch, true()))
    offered = merged.order_by(branch.c.at.desc(), branch.c.delivery_id.desc()).limit(most).subquery("offered")
    rows = select(*_SLIM, _fits(wanted)).join(offered, offered.c.delivery_id == _ROW.id)
    return rows.order_by(offered.c.at.desc(), offered.c.delivery_id.desc())


def _newest(query: Select[Any], most: int) -> Select[Any]:
    return query.order_by(_ROW.received_at.desc(), _ROW.id.desc()).limit(most)


def _fits(wanted: Selection) -> ColumnElement[bool]:
    holds: ColumnElement[bool] = true()
    for condition in _residual(wanted):
        holds = holds & condition
    return holds.label("fits")


def has_residual(wanted: Selection) -> bool:
    """Return whether the index does not know all of the filter."""
    return bool(_residual(wanted))


def _residual(wanted: Selection) -> list[ColumnElement[bool]]:
    """Return the conditions of the filter that its index does not know."""
    if not (wanted.is_narrow or wanted.automation_id):
        return []
    query = wanted.query
    left: list[ColumnElement[bool]] = []
    if query.source:
        left.append(_ROW.source.in_(query.source))
    if query.outcome:
        left.append(_ROW.outcome.in_([one.value for one in query.outcome]))
    if query.endpoint:
        left.append(_ROW.endpoint.in_(query.endpoint))
    if query.dead_reason:
        left.append(_ROW.dead_reason.in_([one.value for one in query.dead_reason]))
    if query.dead is False:
        left.append(_ROW.dead_reason.is_(None))
    if wanted.is_narrow and wanted.automation_id:
        matched = [_MATCH.delivery_id == _ROW.id, _MATCH.automation_id == wanted.automation_id]
        if query.match:
            matched.append(_MATCH.outcome.in_([one.value for one in query.match]))
        left.append(exists().where(*matched))
    return left


def _span(
    wanted: Selection,
    after: After,
    *,
    at: ColumnElement[datetime] = _ROW.received_at,
    key: ColumnElement[uuid.UUID] = _ROW.id,
) -> list[ColumnElement[bool]]:
    query = wanted.query
    since, before = query.received_from, query.received_to
    return bounds(at, key, since=since, before=before, until=wanted.until, after=after)
