"""Creates and updates automations: validates, encrypts secrets, increments the revision, writes the audit log.

The row is the source of truth. Its Temporal schedule is synced after the commit, so saving works while Temporal is
unreachable.
"""

from collections.abc import Sequence, Set
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from api.deps import AfterCommit
from api.firing.secret_checks import check_slack, check_webhook
from api.http.auth import Actor
from api.http.errors import invalid_fields, prefix_field
from api.saving import dependencies
from api.saving.rotation import rotated
from api.saving.switching import ask_for_sync, refuse_archived, shown_end, switch, touch
from api.state import State
from models.contracts.automations.drafts import AutomationDraft, AutomationPatch, ScheduleConfig
from models.contracts.base import Contract, JsonObject
from models.contracts.primitives.views import PrimitiveRef
from models.contracts.secrets import kept, redacted
from models.errors import BadCron, BadExpression, Invalid, NotFound, UnknownTimezone
from models.rules.admission.keys import check_expressions, fields
from models.rules.expressions.filters import check_filter
from models.rules.json.equality import same_json
from models.rules.schedule import Schedule
from models.store.admission.admit import admit
from models.store.admission.dropping import apply_new_limits
from models.store.automations.mapping import declared, write
from models.store.automations.unique_names import names_taken
from models.store.budgets import changes as budgets
from models.store.governance import audit
from models.store.health.probes import replan_probe
from models.store.ids import fresh_id
from models.store.primitives import queries as primitives
from models.store.stats.folding import make_stats, reset_health
from models.store.tables.automations import Automation
from models.store.tables.primitives import Primitive
from runtime.expressions.evaluation import admission_keys
from runtime.security.secrets import AUTOMATION_SECRETS, conceal

MERGED = ("schedule", "webhook", "event", "slack", "health_policy", "flow_control")


async def create(
    session: AsyncSession, state: State, draft: AutomationDraft, actor: Actor, after: AfterCommit
) -> Automation:
    """Create an automation with its statistics row and its budget.

    Raises:
        Invalid: a field is not valid (including BadCron, UnknownTimezone and BadExpression).
        SlugTaken: its slug or webhook path is in use.
        Conflict: it would depend on itself through others.
    """
    row = await new_row(state, draft, await primitive_of(session, draft.primitive), actor)
    await insert_rows(session, [row], actor, after)
    if draft.dependencies:
        await dependencies.replace(session, row, draft.dependencies, actor)
    return row


async def new_row(state: State, draft: AutomationDraft, primitive: Primitive, actor: Actor) -> Automation:
    """Return the row of a new automation, which `insert_rows` stores.

    Raises:
        Invalid: a field is not valid.
    """
    check_draft(draft)
    now = datetime.now(UTC)
    row = Automation(
        id=fresh_id(),
        is_active=draft.is_active,
        revision=1,
        secrets=[],
        created_at=now,
        updated_at=now,
        accounted_until=now,
    )
    if not draft.is_active:
        row.paused_at, row.paused_by = now, actor.name
    write(row, _sealed(state, draft, None), primitive)
    row.schedule_keys = await keys_of_schedule(draft)
    return row


async def insert_rows(session: AsyncSession, rows: Sequence[Automation], actor: Actor, after: AfterCommit) -> None:
    """Store new automations, their rows of statistics and budgets; the number of statements hardly depends on theirs.

    Raises:
        SlugTaken: a slug or webhook path is in use.
    """
    if not rows:
        return
    # Rows of one source have the same columns, which makes them one statement.
    session.add_all(sorted(rows, key=attrgetter("source")))
    with names_taken():
        await session.flush()
    await make_stats(session, *(row.id for row in rows))
    await budgets.make_for_new(session, rows, actor.name, datetime.now(UTC))
    changes = [audit.AuditChange(row.id, None, _audited(row)) for row in rows]
    await audit.record_all(
        session, changes, actor=actor.name, action="automation.created", subject_type="automation", reason=""
    )
    for row in rows:
        ask_for_sync(row, after)


async def change(
    session: AsyncSession, state: State, row: Automation, patch: AutomationPatch, actor: Actor, after: AfterCommit
) -> Automation:
    """Merge a patch (RFC 7396) into a locked row; one that changes nothing leaves its revision and the audit log alone.

    Dependencies are replaced as a whole; the caller has locked their graph before the row.

    Raises:
        Invalid: the result is not valid.
        Conflict: the automation is archived, or would depend on itself through others.
    """
    refuse_archived(row)
    before, now = _audited(row), datetime.now(UTC)
    stored = rotated(declared(row), patch, state.keyring, context=AUTOMATION_SECRETS)
    secrets = row.secrets
    draft = merged(redacted(stored), patch)
    check_draft(draft)
    primitive = await primitive_of(session, draft.primitive)
    write(row, _sealed(state, draft, stored), primitive)
    row.schedule_keys = await keys_of_schedule(draft)
    changed = before.keys() & {key for key, value in _audited(row).items() if not same_json(before[key], value)}
    snoozed_until = row.paused_until
    if patch.is_active is not None and (patch.is_active != row.is_active or snoozed_until):
        # A pause without an end also replaces a snooze.
        switch(row, patch.is_active, actor, "", now)
        changed |= {"isActive"}
    if changed & {"schedule", "primitive", "healthPolicy"} or (row.is_active and "isActive" in changed):
        await reset_health(session, row)
    if "healthPolicy" in changed:
        replan_probe(row, now)
    edges = patch.dependencies is not None and await dependencies.replace(session, row, patch.dependencies, actor)
    if not changed and not edges and row.secrets == secrets:
        return row
    touch(row, now)
    with names_taken():
        await session.flush()
    ask_for_sync(row, after)
    if not changed and row.secrets == secrets:
        # Dependencies have audit entries of their own.
        return row
    await _start_what_may(session, row, changed, actor, now)
    old, new = audit.differences(before, _audited(row))
    if row.secrets != secrets:
        new["secrets"] = "changed"
    if row.paused_until != snoozed_until:
        old["pausedUntil"], new["pausedUntil"] = shown_end(snoozed_until), None
    await _record(session, actor, "automation.changed", row, before=old, after=new)
    return row


async def _start_what_may(
    session: AsyncSession, row: Automation, changed: Set[str], actor: Actor, now: datetime
) -> None:
    """Let the waiting runs go, or be refused, by the limits that have changed."""
    if "budgetUsdMonth" in changed:
        await budgets.follow_automation(session, row, actor.name, now)
    if changed & {"flowControl", "budgetUsdMonth"}:
        await apply_new_limits(session, row)
    elif "isActive" in changed and row.is_active:
        await admit(session, row)


def merged(stored: AutomationDraft, patch: AutomationPatch) -> AutomationDraft:
    """Return a draft with a patch (RFC 7396).

    Raises:
        Invalid: the result is not valid.
    """
    data: dict[str, Any] = stored.wire()
    for name in patch.model_fields_set - {"dependencies"}:
        alias = AutomationPatch.model_fields[name].alias or name
        value = getattr(patch, name)
        if name in MERGED and value is not None:
            value = {**(data.get(alias) or {}), **value}
        # Null removes a field; validation below refuses it for required ones.
        data[alias] = value.wire() if isinstance(value, Contract) else value
    try:
        return AutomationDraft.model_validate(data)
    except ValidationError as error:
        raise invalid_fields(error, data) from None


def check_draft(draft: AutomationDraft) -> None:
    """Check what the contract alone cannot."""
    if draft.schedule:
        _check_schedule(draft.schedule)
    if draft.webhook:
        check_webhook(draft.webhook)
    if draft.slack:
        check_slack(draft.slack)
    if draft.flow_control:
        check_expressions(draft.flow_control)
    config = draft.webhook or draft.event or draft.slack
    if config and config.filter:
        check_filter(draft.source, config.filter)


async def keys_of_schedule(draft: AutomationDraft) -> dict[str, Any] | None:
    """Return the keys of a schedule's runs as they are stored, whose input is known when it is saved.

    Raises:
        BadExpression: an expression cannot be evaluated for the payload.
    """
    if draft.schedule is None or draft.flow_control is None:
        return None
    keys = await admission_keys(draft.flow_control, draft.payload)
    if keys.error:
        field = fields(draft.flow_control)[keys.failed] if keys.failed else "flowControl"
        raise BadExpression(f"for the schedule's payload, {keys.error}", field=field)
    return keys.stored()


def _check_schedule(schedule: ScheduleConfig) -> None:
    try:
        Schedule.parse(schedule.cron_expr, schedule.timezone)
    except BadCron as error:
        # The rule names one of the five cron fields; the request has a single field for all of them.
        error.field = "schedule.cronExpr"
        raise
    except UnknownTimezone as error:
        raise prefix_field("schedule", error) from None


async def primitive_of(session: AsyncSession, wanted: PrimitiveRef) -> Primitive:
    """Return the primitive that an automation is to run.

    Raises:
        Invalid: there is none, or it is archived.
    """
    try:
        found = await primitives.by_name(session, wanted.slug, wanted.kind)
    except NotFound as error:
        raise Invalid(error.detail, field="primitive.slug", hint="Create the primitive first.") from None
    if found.archived_at is not None:
        raise Invalid(f"{found.slug} is archived", field="primitive.slug")
    return found


def _sealed(state: State, draft: AutomationDraft, stored: AutomationDraft | None) -> AutomationDraft:
    return kept(draft, stored, lambda secret: conceal(state.keyring, secret, context=AUTOMATION_SECRETS))


def _audited(row: Automation) -> JsonObject:
    # Dependencies are not stored on the row.
    return {key: value for key, value in redacted(declared(row)).wire().items() if key != "dependencies"}


async def _record(
    session: AsyncSession,
    actor: Actor,
    action: str,
    row: Automation,
    *,
    before: JsonObject | None = None,
    after: JsonObject | None = None,
    reason: str = "",
) -> None:
    await audit.record(
        session,
        actor=actor.name,
        action=action,
        subject_type="automation",
        subject_id=row.id,
        before=before,
        after=after,
        reason=reason,
    )
