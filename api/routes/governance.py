"""Dependencies, the impact of a change, and the audit log."""

import uuid
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query, status

from api.deps import Admin, AfterCommitDep, PageDep, Reader, Session, StateDep
from api.http.bodies import JsonRoute
from api.http.errors import responses
from api.lists.impact import automation_impact, primitive_impact
from api.saving import dependencies as saving
from api.saving.switching import snooze_end
from models.contracts.automations.dependencies import DependencyDraft, DependencyGraph, DependencyPatch, DependencyView
from models.contracts.automations.impact import ImpactAction, ImpactView
from models.contracts.base import Page
from models.contracts.governance.audit import AuditView
from models.contracts.queries import AuditQuery
from models.kinds import Kind
from models.store.automations import dependencies
from models.store.automations import queries as automations
from models.store.governance import audit_log
from models.store.governance.audit_log import AuditFilters
from models.store.outlook.dependency_graph import dependency_graph
from models.store.paging import PageRequest
from models.store.primitives import queries as primitives

router = APIRouter(prefix="/api", tags=["governance"], route_class=JsonRoute)


@router.get("/dependencies")
async def list_dependencies(
    session: Session, _: Reader, wanted: PageDep, automation: str | None = None
) -> Page[DependencyView]:
    """List dependencies between automations."""
    automation_id = (await automations.by_name(session, automation)).id if automation else None
    return await dependencies.page(session, wanted, automation_id=automation_id)


@router.get("/dependencies/graph", responses=responses(404))
async def graph(
    session: Session,
    state: StateDep,
    _: Reader,
    automation: Annotated[str | None, Query(description="Id or slug: only what it depends on, and what on it.")] = None,
    structure: Annotated[bool, Query(description="Also the primitives and agents that they run.")] = False,
) -> DependencyGraph:
    """Read the graph of what depends on what."""
    wanted = (await automations.by_name(session, automation)).id if automation else None
    return await dependency_graph(session, state.portfolios, wanted, datetime.now(UTC), structure=structure)


@router.post("/dependencies", status_code=status.HTTP_201_CREATED, responses=responses(409))
async def add_dependency(
    draft: DependencyDraft, session: Session, actor: Admin, after: AfterCommitDep
) -> DependencyView:
    """Add a dependency between two automations; cycles are refused."""
    return await saving.add(session, draft, actor, after)


@router.patch("/dependencies/{dependency_id}", responses=responses(404, 409))
async def change_dependency(
    dependency_id: uuid.UUID, patch: DependencyPatch, session: Session, actor: Admin, after: AfterCommitDep
) -> DependencyView:
    """Change what a dependency does."""
    return await saving.change(session, dependency_id, patch, actor, after)


@router.delete("/dependencies/{dependency_id}", status_code=status.HTTP_204_NO_CONTENT, responses=responses(404))
async def remove_dependency(dependency_id: uuid.UUID, session: Session, actor: Admin, after: AfterCommitDep) -> None:
    """Remove a dependency."""
    await saving.remove(session, dependency_id, actor, after)


@router.get("/automations/{name}/impact", responses=responses(404))
async def impact(
    name: str,
    session: Session,
    state: StateDep,
    _: Reader,
    action: ImpactAction = ImpactAction.PAUSE,
    until: Annotated[datetime | None, Query(description="Of a pause: when it resumes.")] = None,
) -> ImpactView:
    """Show what pausing or archiving an automation would touch, through dependencies and through agents."""
    row = await automations.by_name(session, name)
    return await automation_impact(session, state.portfolios, row, action, snooze_end(until, datetime.now(UTC)))


@router.get("/primitives/{name}/impact", responses=responses(404, 409))
async def impact_of_primitive(
    name: str,
    session: Session,
    state: StateDep,
    _: Reader,
    action: ImpactAction = ImpactAction.DISABLE,
    kind: Annotated[Kind | None, Query(description="Required if several kinds use the same slug.")] = None,
) -> ImpactView:
    """Show what disabling or archiving a primitive would touch."""
    return await primitive_impact(session, state.portfolios, await primitives.by_name(session, name, kind), action)


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
