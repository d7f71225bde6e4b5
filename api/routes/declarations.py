"""`/api/declarations`: everything that a project declares, applied as a whole or not at all."""

from fastapi import APIRouter

from api.declaring.planning import apply as apply_declaration
from api.deps import Admin, AfterCommitDep, Session, StateDep
from api.http.bodies import JsonRoute
from api.http.errors import responses
from models.contracts.automations.declarations import Declaration, Plan

router = APIRouter(prefix="/api/declarations", tags=["declarations"], route_class=JsonRoute)


@router.post("", responses=responses(409))
async def apply(
    declaration: Declaration, session: Session, state: StateDep, actor: Admin, after: AfterCommitDep
) -> Plan:
    """Create, update and, with `prune`, archive what a project declares; `dryRun` only returns the plan."""
    return await apply_declaration(session, state, declaration, actor, after)
