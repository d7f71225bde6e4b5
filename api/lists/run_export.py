"""Exports the runs that match a filter, newest first, as CSV or NDJSON.

Each chunk is read in a transaction of its own, so that a large export holds nothing up in the database; what arrives
after its beginning is left out. The last line says that it is complete, and how many runs there were, or why it is not:
a file without that line was cut on the way.
"""

import csv
import io
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import structlog

from models.contracts.runs.exports import ExportedRun, ExportEnd
from models.errors import PodiumError
from models.states import ExportFormat
from models.store.paging import Found, PageRequest
from models.store.runs.listing.fetching import fetch, rows
from models.store.runs.listing.selection import Selection
from models.store.tables.runs import Run
from runtime.database import Sessions, transaction

log = structlog.get_logger(__name__)

CHUNK = 1000
MOST_ROWS = 1_000_000
"""More runs than this need several exports: the end of each has the cursor of the next."""
MEDIA_TYPES = {ExportFormat.CSV: "text/csv; charset=utf-8", ExportFormat.NDJSON: "application/x-ndjson"}
NAMES = tuple(field.alias or name for name, field in ExportedRun.model_fields.items())
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
Row = Mapping[str, Any]


async def exported(
    sessions: Sessions, wanted: Selection, format_: ExportFormat, cursor: str | None
) -> AsyncIterator[str]:
    """Yield the lines of an export, chunk by chunk, and its end."""
    write, end = (_csv, _csv_end) if format_ is ExportFormat.CSV else (_ndjson, _ndjson_end)
    written = 0
    if format_ is ExportFormat.CSV:
        yield _csv_line(NAMES)
    try:
        while True:
            found, chunk = await _chunk(sessions, wanted, cursor)
            if chunk:
                yield write([one.wire() for one in chunk])
            written, cursor = written + len(chunk), found.next_cursor
            if cursor is None:
                yield end(ExportEnd(complete=True, rows=written))
                return
            if written >= MOST_ROWS:
                reason = f"an export has at most {MOST_ROWS} runs; send cursor to go on"
                yield end(ExportEnd(complete=False, rows=written, reason=reason, cursor=cursor))
                return
    except PodiumError as error:
        log.warning("an export has ended early", rows=written, reason=error.detail)
        yield end(ExportEnd(complete=False, rows=written, reason=error.detail, cursor=cursor))


async def _chunk(sessions: Sessions, wanted: Selection, cursor: str | None) -> tuple[Found, Sequence[ExportedRun]]:
    async with transaction(sessions) as session:
        found = await fetch(session, wanted, PageRequest(CHUNK, cursor))
        return found, [_exported(row) for row in await rows(session, found)]


def _exported(row: Run) -> ExportedRun:
    tokens = row.tokens or {}
    return ExportedRun(
        id=row.id,
        kind=row.kind,
        status=row.status,
        reason=row.reason,
        source=row.source,
        primitive=row.primitive.slug,
        primitive_name=row.primitive.name,
        automation=row.automation.slug if row.automation else None,
        automation_name=row.automation.name if row.automation else None,
        parent_run_id=row.parent_run_id,
        root_run_id=row.root_run_id,
        rerun_of=row.rerun_of,
        backfill_id=row.backfill_id,
        delivery_id=row.delivery_id,
        due_at=row.due_at or row.nominal_at,
        queued_at=row.queued_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        duration_ms=row.duration_ms,
        wait_ms=row.wait_ms,
        cost_usd=None if row.unknown_costs else row.cost_usd,
        input_tokens=tokens.get("input"),
        output_tokens=tokens.get("output"),
        model=row.model,
        simulated=row.simulated,
        interventions=row.interventions,
        forced=row.forced,
        rescued=row.rescued,
        occurrences=row.occurrences,
        error_type=row.error_type,
        error_message=row.error_message,
        error_key=row.error_key,
        temporal_workflow_id=row.temporal_workflow_id,
    )


def _ndjson(chunk: Sequence[Row]) -> str:
    return "".join(f"{json.dumps(one, ensure_ascii=False, separators=(',', ':'))}\n" for one in chunk)


def _ndjson_end(end: ExportEnd) -> str:
    return _ndjson([end.wire()])


def _csv(chunk: Sequence[Row]) -> str:
    return "".join(_csv_line([_cell(one[name]) for name in NAMES]) for one in chunk)


def _csv_end(end: ExportEnd) -> str:
    if end.complete:
        return _csv_line(["#end", "complete", end.rows])
    return _csv_line(["#end", "incomplete", end.rows, _cell(end.reason), end.cursor or ""])


def _csv_line(cells: Sequence[Any]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue()


def _cell(value: Any) -> Any:
    """A spreadsheet must not take text for a formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
