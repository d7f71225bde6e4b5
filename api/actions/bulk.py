"""Applies one action to many automations.

A dry run uses the same checks as the real request, and the action is applied to all matching automations or to none.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from api.deps import AfterCommit
from api.firing import fire as firing
from api.http.auth import Actor, check_scope
from api.lists.live_filters import live_filters
from api.saving import switching
from api.state import State
from models.contracts.automations.bulk import BulkRequest, BulkResult
from models.contracts.automations.drafts import FireRequest
from models.contracts.runs.views import AutomationRef, FiredRun
from models.errors import Conflict, Invalid
from models.states import BulkAction, Scope, UnchangedReason
from models.store.automations import dependencies
from models.store.automations import queries as automations
from models.store.automations.dependency_graph import dependents_of
from models.store.automations.pausing import can_fire
from models.store.live_list.page import matching
from models.store.outlook.impact import impact_of_stopping
from models.store.tables.automations import Automation

MOST_FIRED = 500
"""Limits the cost of a mistake: every fire may cost money."""

ADMINS = frozenset({BulkAction.ARCHIVE, BulkAction.RESTORE})
BREAKING = frozenset({BulkAction.PAUSE, BulkAction.ARCHIVE})


async def apply_bulk(
    session: AsyncSession,
    state: State,
    wanted: BulkRequest,
    actor: Actor,
    after: AfterCommit,
    headers: Mapping[str, str],
) -> BulkResult:
    """Check which automations the action applies to, and apply it unless it is a dry run.

    Raises:
        NotFound: a name does not exist.
        Invalid: more automations would be fired than one request may.
        Conflict: `expected` differs from the number of automations that would change.
    """
    if wanted.action in ADMINS:
        check_scope(actor, Scope.ADMIN)
    until = switching.snooze_end(wanted.until, datetime.now(UTC))
    rows = await _selected(session, state, wanted)
    left: Counter[UnchangedReason] = Counter()
    fitting = []
    taken = await _taken(session, rows) if wanted.action is BulkAction.RESTORE else frozenset()
    for row in rows:
        reason = UnchangedReason.TAKEN if row.id in taken else _why_not(wanted.action, row, until)
        if reason is None:
            fitting.append(row)
        else:
            left[reason] += 1
    _check_number(wanted, len(fitting))
    broken = [row.id for row in fitting] if wanted.action in BREAKING else []
    dependents = await dependents_of(session, set(broken)) if broken else []
    now = datetime.now(UTC)
    impact = await impact_of_stopping(session, state.portfolios, set(broken), now, until=until) if broken else None
    runs = () if wanted.dry_run else await _apply(session, wanted, fitting, actor, after, headers)
    return BulkResult(
        action=wanted.action,
        dry_run=wanted.dry_run,
        matched=len(rows),
        changed=len(fitting),
        automations=tuple(dependencies.ref(row) for row in sorted(fitting, key=lambda row: (row.name, row.id))),
        left_alone=dict(left),
        dependents=tuple(AutomationRef(id=one.id, slug=one.slug, name=one.name) for one in dependents),
        impact=impact,
        runs=tuple(runs),
    )


async def _selected(session: AsyncSession, state: State, wanted: BulkRequest) -> Sequence[Automation]:
    if wanted.filter is not None:
        filters = await live_filters(session, state, wanted.filter)
        ids = await matching(session, state.board, filters, datetime.now(UTC))
    else:
        ids = await automations.ids_of(session, wanted.automations or ())
    # Firing and counting change no automation.
    lock = not wanted.dry_run and wanted.action is not BulkAction.FIRE
    return await automations.by_ids(session, ids, lock=lock)


def _why_not(action: BulkAction, row: Automation, until: datetime | None) -> UnchangedReason | None:
    archived = row.archived_at is not None
    match action:
        case BulkAction.ARCHIVE:
            return UnchangedReason.ALREADY if archived else None
        case BulkAction.RESTORE if archived:
            return UnchangedReason.PRIMITIVE_GONE if row.primitive.archived_at else None
        case BulkAction.RESTORE:
            return UnchangedReason.ALREADY
        case _ if archived:
            return UnchangedReason.ARCHIVED
        case BulkAction.FIRE:
            return None if can_fire(row) else UnchangedReason.PAUSED
        case BulkAction.PAUSE if not row.is_active and row.paused_until is None:
            # A pause without an end was meant: snoozing many must not resume it later.
            return UnchangedReason.ALREADY
        case BulkAction.PAUSE | BulkAction.RESUME:
            wanted = action is BulkAction.RESUME
            return None if switching.would_change(row, wanted, until) else UnchangedReason.ALREADY


async def _taken(session: AsyncSession, rows: Sequence[Automation]) -> frozenset[object]:
    """Find automations whose slug or webhook path is used by a live one, or by another one to be restored."""
    gone = [row for row in rows if row.archived_at is not None]
    paths = {row.webhook_path for row in gone if row.webhook_path}
    slugs_used, paths_used = await automations.names_in_use(session, {row.slug for row in gone}, paths)
    found = set()
    for row in sorted(gone, key=lambda row: row.archived_at or row.created_at, reverse=True):
        if row.slug in slugs_used or row.webhook_path in paths_used:
            found.add(row.id)
        slugs_used.add(row.slug)
        if row.webhook_path:
            paths_used.add(row.webhook_path)
    return frozenset(found)


def _check_number(wanted: BulkRequest, number: int) -> None:
    if wanted.action is BulkAction.FIRE and number > MOST_FIRED:
        raise Invalid(
            f"{number} automations would be fired; one request can fire at most {MOST_FIRED}",
            field="filter" if wanted.filter else "automations",
            hint="Narrow the selection.",
        )
    if wanted.expected is not None and wanted.expected != number:
        raise Conflict(
            f"{number} automations would change now, not {wanted.expected}",
            field="expected",
            hint="Check the selection and confirm the new number.",
        )


async def _apply(
    session: AsyncSession,
    wanted: BulkRequest,
    rows: Sequence[Automation],
    actor: Actor,
    after: AfterCommit,
    headers: Mapping[str, str],
) -> Sequence[FiredRun]:
    match wanted.action:
        case BulkAction.PAUSE | BulkAction.RESUME:
            active = wanted.action is BulkAction.RESUME
            until = switching.snooze_end(wanted.until, datetime.now(UTC))
            await switching.set_active(session, rows, active, actor, wanted.reason, after, until=until)
        case BulkAction.ARCHIVE:
            await switching.archive(session, rows, actor, wanted.reason, after)
        case BulkAction.RESTORE:
            await switching.restore(session, rows, actor, wanted.reason, after)
        case BulkAction.FIRE:
            given = FireRequest(payload=wanted.payload, idempotency_key=wanted.idempotency_key)
            fired = [await firing.fire_manually(session, after, row, given, b"", headers, actor) for row in rows]
            return [run for one in fired for run in one.runs]
    return ()
