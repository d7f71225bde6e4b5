"""Dependencies, the impact of a change, and the audit log."""

import uuid
from typing import Annotated, Literal

from fastapi import APIRouter, Query, status

from api.deps import Admin, PageDep, Reader, Session
from api.http.bodies import JsonRoute
from api.http.errors import responses
from models.contracts.base import Page
from models.contracts.governance.audit import AuditView, DependencyDraft, DependencyView, ImpactView
from models.contracts.queries import AuditQuery
from models.errors import Invalid, NotFound
from models.store.automations import dependencies
from models.store.automations import queries as automations
from models.store.governance import audit_log
from models.store.governance.audit_log import AuditFilters
from models.store.paging import PageRequest
from models.store.tables.automations import Automation
from models.store.tables.stats import AutomationStats

router = APIRouter(prefix="/api", tags=["governance"], route_class=JsonRoute)


@router.get("/dependencies")
async def list_dependencies(
    session: Session, _: Reader, wanted: PageDep, automation: str | None = None
) -> Page[DependencyView]:
    """List dependencies between automations."""
    automation_id = (await automations.by_name(session, automation)).id if automation else None
    return await dependencies.page(session, wanted, automation_id=automation_id)


@router.post("/dependencies", status_code=status.HTTP_201_CREATED, responses=responses(409))
async def add_dependency(draft: DependencyDraft, session: Session, actor: Admin) -> DependencyView:
    """Add a dependency between two automations; cycles are refused."""
    automation = await _named(session, draft.automation, "automation")
    needs = await _named(session, draft.depends_on, "dependsOn")
    return await dependencies.add(
        session,
        automation,
        needs,
        draft.note,
        actor.name,
        fire_when=draft.fire_when,
        pass_payload=draft.pass_payload,
    )


@router.delete("/dependencies/{dependency_id}", status_code=status.HTTP_204_NO_CONTENT, responses=responses(404))
async def remove_dependency(dependency_id: uuid.UUID, session: Session, actor: Admin) -> None:
    """Remove a dependency."""
    await dependencies.remove(session, dependency_id, actor.name)


@router.get("/automations/{name}/impact", responses=responses(404))
async def impact(
    name: str, session: Session, _: Reader, action: Literal["disable", "delete"] = "disable"
) -> ImpactView:
    """Show what disabling or deleting an automation would affect."""
    row = await automations.by_name(session, name)
    stats = await session.get(AutomationStats, row.id)
    dependents = await dependencies.dependents_of(session, [row.id])
    running = stats.running_now if stats else 0
    warnings = [f"{one.name} depends on it" for one in dependents if one.distance == 1]
    warnings += [f"{one.name} depends on it indirectly" for one in dependents if one.distance > 1]
    if running:
        warnings.append(f"{running} of its runs are in progress and will continue")
    return ImpactView(
        action=action,
        automation=dependencies.ref(row),
        dependents=tuple(dependents),
        running_now=running,
        warnings=tuple(warnings),
    )


@router.get("/audit", responses=responses(404))
async def list_audit(
    session: Session,
    _: Reader,
    query: Annotated[AuditQuery, Query()],
) -> Page[AuditView]:
    """List who changed what, when and why, newest first."""
    subject_id = (await automations.by_name(session, query.automation)).id if query.automation else query.subject
    filters = AuditFilters(
        subject_id=subject_id,
        subject_types=query.subject_type,
        actors=query.actor,
        actions=query.action,
        since=query.since,
        until=query.until,
        text=query.q.strip(),
    )
    return await audit_log.page(session, PageRequest(query.limit, query.cursor), filters)


async def _named(session: Session, name: str, field: str) -> Automation:
    try:
        found = await automations.by_name(session, name)
    except NotFound as error:
        raise Invalid(error.detail, field=field) from None
    if found.archived_at is not None:
        raise Invalid(f"{found.slug} is archived", field=field)
    return found
