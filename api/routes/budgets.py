"""`/api/budgets`: what may be spent in a month on everything, a kind, a primitive or an automation."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Query, Response, status

from api.deps import Admin, AfterCommitDep, Reader, Session, StateDep
from api.http.bodies import JsonRoute
from api.http.conditional import IfMatch, check_revision, set_etag
from api.http.errors import responses
from api.saving import budgets as saving
from api.state import State
from models.contracts.base import Page
from models.contracts.governance.budgets import BudgetDraft, BudgetPatch, BudgetView
from models.contracts.queries import BudgetQuery
from models.store.automations import queries as automations
from models.store.budgets import queries as budgets
from models.store.budgets.queries import BudgetFilters
from models.store.paging import PageRequest
from models.store.tables.budgets import Budget

router = APIRouter(prefix="/api/budgets", tags=["budgets"], route_class=JsonRoute)


@router.get("", responses=responses(404))
async def list_budgets(
    session: Session, state: StateDep, _: Reader, query: Annotated[BudgetQuery, Query()]
) -> Page[BudgetView]:
    """List budgets, newest first, with what is spent, reserved and expected of their month."""
    covering = await automations.by_name(session, query.automation) if query.automation else None
    filters = BudgetFilters(query.scope, covering, query.managed_by)
    rows, cursor = await budgets.page(session, PageRequest(query.limit, query.cursor), filters)
    return Page(items=await saving.views(session, state, rows), next_cursor=cursor)


@router.post("", status_code=status.HTTP_201_CREATED, responses=responses(409))
async def create(
    draft: BudgetDraft, session: Session, state: StateDep, actor: Admin, after: AfterCommitDep, response: Response
) -> BudgetView:
    """Make a budget. What its month has cost so far, and what is under way, count at once."""
    return await _shown(session, state, await saving.create(session, draft, actor, after), response)


@router.get("/{budget_id}", responses=responses(404))
async def read(budget_id: uuid.UUID, session: Session, state: StateDep, _: Reader, response: Response) -> BudgetView:
    """Read a budget; its ETag is its revision."""
    return await _shown(session, state, await budgets.by_id(session, budget_id), response)


@router.patch("/{budget_id}", responses=responses(404, 412))
async def change(
    budget_id: uuid.UUID,
    patch: BudgetPatch,
    session: Session,
    state: StateDep,
    actor: Admin,
    after: AfterCommitDep,
    response: Response,
    if_match: IfMatch = None,
) -> BudgetView:
    """Change a budget; it counts at once, also for the runs that wait."""
    row = await saving.locked(session, budget_id)
    check_revision(row, if_match)
    return await _shown(session, state, await saving.change(session, row, patch, actor, after), response)


@router.delete("/{budget_id}", status_code=status.HTTP_204_NO_CONTENT, responses=responses(404))
async def remove(budget_id: uuid.UUID, session: Session, actor: Admin, after: AfterCommitDep) -> None:
    """Remove a budget; the runs that wait for it go on."""
    await saving.remove(session, await saving.locked(session, budget_id), actor, after)


async def _shown(session: Session, state: State, row: Budget, response: Response) -> BudgetView:
    set_etag(row.revision, response)
    return (await saving.views(session, state, [row]))[0]
