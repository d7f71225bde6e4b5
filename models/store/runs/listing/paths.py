"""Ways along indexes that give runs newest first: where an index begins with the values of a filter, the newest of each
value are merged. Planning a merge takes as long for one value as for hundreds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import product
from typing import Any, TypeAlias, cast
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Select,
    Table,
    TableValuedAlias,
    Text,
    TextClause,
    Uuid,
    and_,
    column,
    func,
    literal,
    select,
    true,
    tuple_,
    union,
)
from sqlalchemy.types import TypeEngine

from models.states import CLOSED_STATUSES, OPEN_STATUSES, RunStatus
from models.store.paging import After, bounds
from models.store.runs.listing.conditions import conditions, named_conditions
from models.store.runs.listing.search import Words
from models.store.runs.listing.selection import Selection
from models.store.tables.runs import (
    BAD_END_CONDITION,
    CLOSED_CONDITION,
    INTERVENED_CONDITION,
    OPEN_CONDITION,
    Run,
)

READ_AT_ONCE = 20_000
"""Runs that are read for one page, at most, where the filter has conditions that no index knows."""
MERGED_AT_ONCE = 100_000
"""Entries of an index that are merged for one page, at most."""
MOST_BRANCHES = 450
Values: TypeAlias = Sequence[tuple[Any, ...]]
_ROW = cast("Table", Run.__table__).c
_BAD_ENDS = CLOSED_STATUSES - {RunStatus.COMPLETED}
_TYPES: dict[str, TypeEngine[Any]] = {
    **dict.fromkeys(("kind", "status", "source"), Text()),
    **dict.fromkeys(("primitive_id", "automation_id"), Uuid()),
    "error_key": BigInteger(),
}


@dataclass(frozen=True, slots=True)
class Stream:
    """The beginning of an index: the newest runs with each of these values."""

    columns: tuple[str, ...] = ()
    values: Values = ((),)
    also: tuple[TextClause | ColumnElement[bool], ...] = ()
    """What the index is limited to."""
    filtered: tuple[ColumnElement[bool], ...] = ()
    """What it does not know; its newest `READ_AT_ONCE` runs are read for it."""

    def newest(self, within: Sequence[ColumnElement[bool]], most: int) -> Select[Any]:
        """Select time and id of the newest runs, at most so many."""
        if not self.columns:
            return self._alone(within, most)
        asked = _asked(self.columns, self.values)
        branch = _keys(*self._equal(asked), *self.also, *within).limit(most).lateral("newest")
        merged = select(branch.c.queued_at, branch.c.id).select_from(asked.join(branch, true()))
        return merged.order_by(branch.c.queued_at.desc(), branch.c.id.desc()).limit(most)

    def counted(self, within: Sequence[ColumnElement[bool]], most: int) -> Select[Any]:
        """Select how many runs it has, each value counted up to `most`, and whether that is all."""
        asked = _asked(self.columns, self.values) if self.columns else None
        equal = self._equal(asked) if asked is not None else []
        # In their order, so that no other index is taken.
        one = _keys(*equal, *self.also, *within).limit(most).correlate(asked).subquery()
        count = select(func.count().label("runs")).select_from(one).lateral("counted")
        whole = func.coalesce(func.bool_and(count.c.runs < most), true())
        totals = select(func.coalesce(func.sum(count.c.runs), 0).label("runs"), whole.label("is_whole"))
        return totals.select_from(asked.join(count, true()) if asked is not None else count)

    def _alone(self, within: Sequence[ColumnElement[bool]], most: int) -> Select[Any]:
        if not self.filtered:
            return _keys(*self.also, *within).limit(most)
        fits = and_(true(), *self.filtered)
        read = _keys(*self.also, *within).add_columns(fits.label("fits")).limit(READ_AT_ONCE).subquery()
        newest = (read.c.queued_at.desc(), read.c.id.desc())
        return select(read.c.queued_at, read.c.id).where(read.c.fits).order_by(*newest).limit(most)

    def _equal(self, asked: TableValuedAlias) -> list[ColumnElement[bool]]:
        return [_ROW[name] == asked.c[f"asked_{name}"] for name in self.columns]


class Way(StrEnum):
    """What a path goes along. Of those with many runs, the first is taken."""

    ERROR = "error"
    WORDS = "words"
    PRIMITIVE = "primitive"
    AUTOMATION = "automation"
    INTERVENED = "intervened"
    OPEN = "open"
    OUTCOME = "outcome"


@dataclass(frozen=True, slots=True)
class Path:
    """Indexes that have the runs, and the names of the conditions that hold for all that they give."""

    way: Way
    streams: tuple[Stream, ...]
    known: frozenset[str]

    @property
    def branches(self) -> int:
        return sum(len(one.values) for one in self.streams)

    @property
    def filters_open(self) -> bool:
        """Whether only the newest `READ_AT_ONCE` of the open runs are looked at."""
        return any(one.filtered for one in self.streams)

    def keys(self, within: Sequence[ColumnElement[bool]], most: int) -> Select[Any]:
        """Select time and id of the newest runs that its indexes give, each once."""
        streams = [one.newest(within, most) for one in self.streams if one.values]
        if len(streams) == 1:
            return streams[0]
        if not streams:
            return _keys(~true()).limit(most)
        merged = union(*(select(one.subquery()) for one in streams)).subquery()
        return select(merged).order_by(merged.c.queued_at.desc(), merged.c.id.desc()).limit(most)


def span(wanted: Selection, after: After, floor: After = None) -> list[ColumnElement[bool]]:
    query = wanted.query
    since, before = query.queued_from, query.queued_to
    found = bounds(_ROW.queued_at, _ROW.id, since=since, before=before, until=wanted.until, after=after)
    if floor is not None:
        found.append(tuple_(_ROW.queued_at, _ROW.id) >= tuple_(literal(floor[0]), literal(floor[1])))
    return found


def paths(wanted: Selection) -> list[Path]:
    """Return the ways along indexes that a filter allows, those that usually have the fewest runs first."""
    found = [_by_error(wanted), _by_words(wanted), _by_primitive(wanted), _by_automation(wanted)]
    if wanted.query.intervened or wanted.query.forced:
        known = frozenset({"intervened"} if wanted.query.intervened else ())
        found.append(Path(Way.INTERVENED, (Stream(also=(INTERVENED_CONDITION,)),), known))
    found.append(_by_outcome(wanted))
    return [one for one in found if one is not None and one.branches <= MOST_BRANCHES]


def _by_error(wanted: Selection) -> Path | None:
    return None if wanted.error_keys is None else Path(Way.ERROR, (_errors(wanted.error_keys),), frozenset({"error"}))


def _by_words(wanted: Selection) -> Path | None:
    words = wanted.meaning.words if wanted.meaning else None
    if words is None:
        return None
    return Path(Way.WORDS, _with_words(wanted, words), frozenset({"words"}))


def _with_words(wanted: Selection, words: Words) -> tuple[Stream, ...]:
    return (
        _primitives(wanted, words.primitive_ids),
        Stream(("automation_id",), [(one,) for one in words.automation_ids]),
        _errors(words.error_keys),
    )


def _by_primitive(wanted: Selection) -> Path | None:
    if wanted.primitive_ids is None:
        return None
    # Of each, its kind was compared when its name was looked up.
    known = {"primitive", "kind"} | ({"status"} if RunStatus.STUCK not in _asked_statuses(wanted) else set())
    return Path(Way.PRIMITIVE, (_primitives(wanted, wanted.primitive_ids),), frozenset(known))


def _by_automation(wanted: Selection) -> Path | None:
    if wanted.automation_ids is None:
        return None
    if wanted.statuses <= _BAD_ENDS:
        ends = product(wanted.automation_ids, sorted(wanted.statuses))
        stream = Stream(("automation_id", "status"), [*ends], (BAD_END_CONDITION,))
        return Path(Way.AUTOMATION, (stream,), frozenset({"automation", "status"}))
    return Path(
        Way.AUTOMATION,
        (Stream(("automation_id",), [(one,) for one in wanted.automation_ids]),),
        frozenset({"automation"}),
    )


def _by_outcome(wanted: Selection) -> Path | None:
    """Open runs are few, and read as they are; closed ones are merged by kind, status and source."""
    query = wanted.query
    if not (query.kind or query.status or query.source or query.roots_only):
        return None
    if wanted.statuses <= OPEN_STATUSES:
        return Path(Way.OPEN, (Stream(also=(OPEN_CONDITION,)),), frozenset())
    closed = sorted(wanted.statuses & CLOSED_STATUSES)
    known = ("kind", "status", "source", "roots")
    streams = [
        Stream(("kind", "status", "source"), [*product(wanted.kinds, closed, wanted.sources)], (CLOSED_CONDITION,))
    ]
    if not query.source:
        # What an older version has stored, until the sweep has filled it in.
        roots = (_ROW.parent_run_id.is_(None),) if query.roots_only else ()
        unknown = (CLOSED_CONDITION, _ROW.source.is_(None), *roots)
        streams.append(Stream(("kind", "status"), [*product(wanted.kinds, closed)], unknown))
    if wanted.statuses & OPEN_STATUSES:
        rest = conditions(wanted, {name for name, _ in named_conditions(wanted)} - set(known))
        streams.append(Stream(also=(OPEN_CONDITION,), filtered=tuple(rest)))
    return Path(Way.OUTCOME, tuple(streams), frozenset(known))


def _primitives(wanted: Selection, ids: Sequence[UUID]) -> Stream:
    return Stream(("primitive_id", "status"), [*product(ids, sorted(_asked_statuses(wanted)))])


def _errors(keys: Sequence[int]) -> Stream:
    return Stream(("error_key",), [(one,) for one in keys], (_ROW.error_key.is_not(None),))


def _asked_statuses(wanted: Selection) -> frozenset[RunStatus]:
    """Return the statuses of the runs that may match: what waits for a stuck run has another one."""
    return wanted.statuses | OPEN_STATUSES if RunStatus.STUCK in wanted.statuses else wanted.statuses


def _keys(*where: TextClause | ColumnElement[bool]) -> Select[Any]:
    return select(_ROW.queued_at, _ROW.id).where(*where).order_by(_ROW.queued_at.desc(), _ROW.id.desc())


def _asked(columns: Sequence[str], values: Values) -> TableValuedAlias:
    arrays = [
        literal([_plain(one[place]) for one in values], ARRAY(_TYPES[name])) for place, name in enumerate(columns)
    ]
    # Named unlike the table's columns: conditions of indexes are text.
    names = (column(f"asked_{name}", _TYPES[name]) for name in columns)
    return func.unnest(*arrays).table_valued(*names).render_derived("asked")


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, StrEnum) else value


def at_most(path: Path, wanted: int, *, is_filtered: bool, is_counted: bool = False) -> int:
    """Return how many runs are read along a path for a page of `wanted`; or of them, where they are only counted."""
    bound = max(1, min(READ_AT_ONCE, MERGED_AT_ONCE // max(1, path.branches)))
    if is_filtered:
        return bound if is_counted else max(wanted, bound)
    return min(wanted, bound) if is_counted else wanted


def key_of(row: Any) -> tuple[datetime, UUID]:
    return row.queued_at, row.id
