"""Reads the edits of a what-if: merged and checked as if they were saved, but nothing is."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.actions.spread import refuse_outdated
from api.http.errors import prefix_field
from api.saving.automations import check_draft, keys_of_schedule, merged, primitive_of
from models.contracts.automations.drafts import AutomationDraft, AutomationPatch, Overlap
from models.contracts.outlook.what_if import Assumptions, AutomationChange, CapacityChange, NewAutomation
from models.contracts.secrets import redacted
from models.errors import Invalid, NotFound, PlanOutdated
from models.kinds import KINDS, Kind
from models.rules.admission.keys import AdmissionKeys
from models.rules.cron.expression import parse
from models.rules.projection.portfolio import Portfolio, ProjectedAutomation
from models.rules.schedule import Schedule
from models.rules.spread.moves import Step
from models.states import Source
from models.store.automations.mapping import declared
from models.store.automations.queries import live_by_names
from models.store.ids import among, fresh_id
from models.store.primitives import queries as primitives
from models.store.spread.plans import plan_by_id, steps_of
from models.store.tables.automations import Automation
from models.store.tables.primitives import Primitive
from models.store.what_if.settings import Edit, EditedSetting


async def read_changes(session: AsyncSession, portfolio: Portfolio, changes: Sequence[AutomationChange]) -> list[Edit]:
    """Return the automations as the changes would leave them.

    Raises:
        Invalid: a change names no live automation, or one twice, or its result is not valid.
    """
    rows = await live_by_names(session, {change.automation for change in changes})
    edits, seen = list[Edit](), set[UUID]()
    for index, change in enumerate(changes):
        row = rows.get(change.automation)
        # One that has been created since the portfolio was read is not there yet.
        if row is None or row.id not in portfolio.indices:
            raise Invalid(f"there is no automation {change.automation!r}", field=f"changes[{index}].automation")
        if row.id in seen:
            raise Invalid(f"{row.slug} is changed twice", field=f"changes[{index}].automation")
        seen.add(row.id)
        try:
            edits.append(await _changed(session, portfolio.automations[portfolio.indices[row.id]], row, change))
        except Invalid as error:
            raise prefix_field(f"changes[{index}]", error) from None
    return edits


async def read_additions(session: AsyncSession, additions: Sequence[NewAutomation]) -> list[Edit]:
    """Return new automations.

    Raises:
        Invalid: one of them is not valid.
    """
    edits = list[Edit]()
    for index, new in enumerate(additions):
        try:
            edits.append(await _added(session, new))
        except Invalid as error:
            raise prefix_field(f"additions[{index}]", error) from None
    return edits


async def read_capacities(session: AsyncSession, changes: Sequence[CapacityChange]) -> Mapping[UUID, int | None]:
    """Return the capacities by agent.

    Raises:
        Invalid: there is no such agent, or it is named twice.
    """
    found: dict[UUID, int | None] = {}
    for index, change in enumerate(changes):
        field = f"capacities[{index}].agent"
        try:
            agent = await primitives.by_name(session, change.agent, Kind.AGENT)
        except NotFound as error:
            raise Invalid(error.detail, field=field) from None
        if agent.archived_at is not None:
            raise Invalid(f"{agent.slug} is archived", field=field)
        if agent.id in found:
            raise Invalid(f"{agent.slug} is named twice", field=field)
        found[agent.id] = change.capacity
    return found


async def read_moves(session: AsyncSession, portfolio: Portfolio, plan_id: UUID) -> list[Edit]:
    """Return the schedules as a plan of spreading would move them.

    Raises:
        NotFound: There is no such plan.
        PlanOutdated: It was applied, or a schedule has changed since.
    """
    stored = await plan_by_id(session, plan_id)
    if stored.applied_at is not None:
        raise PlanOutdated("the plan was applied before", hint="Make a new plan.")
    steps = steps_of(stored)
    query = select(Automation.id, Automation.slug, Automation.revision)
    rows = await session.execute(query.where(among(Automation.id, [step.automation_id for step in steps])))
    found = {key: (slug, revision) for key, slug, revision in rows}
    outdated = []
    for step in steps:
        slug, revision = found.get(step.automation_id, (str(step.automation_id), 0))
        if revision != step.revision or step.automation_id not in portfolio.indices:
            outdated.append(slug)
    refuse_outdated(outdated)
    # Thousands of crons take a moment: keep the event loop free.
    return await asyncio.to_thread(lambda: [_moved(portfolio, step) for step in steps])


def refuse_doubles(changes: Sequence[Edit], moves: Sequence[Edit]) -> None:
    """Raise `Invalid` for an automation that is both changed and moved by the plan."""
    moved = {edit.automation_id for edit in moves}
    for index, edit in enumerate(changes):
        if edit.automation_id in moved:
            raise Invalid(f"the plan moves {edit.projected.slug}, too", field=f"changes[{index}].automation")


def _moved(portfolio: Portfolio, step: Step) -> Edit:
    one = portfolio.automations[portfolio.indices[step.automation_id]]
    schedule = replace(one.schedule, cron=parse(step.cron_to)) if one.schedule else None
    return Edit(one.id, replace(one, schedule=schedule), Assumptions())


async def _changed(session: AsyncSession, one: ProjectedAutomation, row: Automation, change: AutomationChange) -> Edit:
    _check_assumptions(row.source, change.assume)
    fields = change.model_fields_set - {"automation", "assume"}
    if not fields:
        return Edit(one.id, one, change.assume)
    patch = AutomationPatch.model_construct(_fields_set=fields, **{name: getattr(change, name) for name in fields})
    draft = merged(redacted(declared(row)), patch)
    check_draft(draft)
    primitive = await primitive_of(session, draft.primitive) if "primitive" in fields else row.primitive
    if fields & {"flow_control", "payload"}:
        keys = await keys_of_schedule(draft)
    else:
        keys = row.schedule_keys
    setting = EditedSetting(
        control=draft.flow_control,
        budget_usd=draft.budget_usd_month,
        jitter_seconds=draft.schedule.jitter_seconds if draft.schedule else 0,
        schedule_keys=AdmissionKeys(**keys) if keys else None,
        primitive_runs=primitive.can_run,
    )
    return Edit(one.id, await _projected(session, one, row, draft, primitive, change), change.assume, setting)


async def _projected(
    session: AsyncSession,
    one: ProjectedAutomation,
    row: Automation,
    draft: AutomationDraft,
    primitive: Primitive,
    change: AutomationChange,
) -> ProjectedAutomation:
    switched = "is_active" in change.model_fields_set
    resumed = switched and bool(change.is_active)
    schedule = None
    if draft.schedule is not None:
        # Resuming forgets a slowdown.
        slowdown = (None, None) if resumed else (row.slowdown, row.slowdown_anchor)
        schedule = Schedule.parse(draft.schedule.cron_expr, draft.schedule.timezone, *slowdown)
        if one.snoozed_until is not None and not switched:
            schedule = replace(schedule, slowdown=None, not_before=one.snoozed_until)
    fires = bool(change.is_active) if switched else row.is_active or one.snoozed_until is not None
    same = primitive.id == one.primitive_id
    return replace(
        one,
        kind=primitive.kind,
        primitive_id=primitive.id,
        primitive_slug=primitive.slug,
        schedule=schedule,
        overlap=draft.schedule.overlap if draft.schedule else one.overlap,
        active=fires and primitive.can_run,
        members=one.members if same else await _members(session, primitive),
        snoozed_until=None if switched else one.snoozed_until,
    )


async def _added(session: AsyncSession, new: NewAutomation) -> Edit:
    _check_assumptions(new.source, new.assume)
    draft = AutomationDraft.model_construct(
        slug="",
        name=new.name,
        primitive=new.primitive,
        source=new.source,
        schedule=new.schedule,
        payload=new.payload,
        flow_control=new.flow_control,
    )
    check_draft(draft)
    primitive = await primitive_of(session, new.primitive)
    keys = await keys_of_schedule(draft)
    schedule = new.schedule
    projected = ProjectedAutomation(
        id=fresh_id(),
        slug="",
        name=new.name,
        kind=primitive.kind,
        source=new.source,
        primitive_id=primitive.id,
        primitive_slug=primitive.slug,
        schedule=Schedule.parse(schedule.cron_expr, schedule.timezone) if schedule else None,
        overlap=schedule.overlap if schedule else Overlap.SKIP,
        active=new.is_active and primitive.can_run,
        members=await _members(session, primitive),
    )
    setting = EditedSetting(
        control=new.flow_control,
        budget_usd=new.budget_usd_month,
        jitter_seconds=schedule.jitter_seconds if schedule else 0,
        schedule_keys=AdmissionKeys(**keys) if keys else None,
        primitive_runs=primitive.can_run,
    )
    return Edit(None, projected, new.assume, setting)


async def _members(session: AsyncSession, primitive: Primitive) -> int:
    """Return in how many roles its runs call agents."""
    if not KINDS[primitive.kind].runs_members:
        return 0
    return len((await primitives.members_of(session, [primitive.id])).get(primitive.id, ()))


def _check_assumptions(source: Source, assume: Assumptions) -> None:
    if source is Source.SCHEDULE and assume.arrivals_per_hour is not None:
        raise Invalid("a schedule has due times, not deliveries", field="assume.arrivalsPerHour")
    if source is Source.SCHEDULE and assume.keys is not None:
        raise Invalid("all runs of a schedule have the same payload, and so the same key", field="assume.keys")
