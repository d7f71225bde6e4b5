"""`/api/primitives`: agents, workflows, networks, campaigns and pulses."""

from typing import Annotated

from fastapi import APIRouter, Query, Response, status

from api.deps import Admin, PageDep, Reader, Session, StateDep
from api.http.bodies import JsonRoute
from api.http.conditional import IfMatch, check_revision, set_etag
from api.http.errors import responses
from api.saving import primitives as saving
from models.contracts.base import Page
from models.contracts.primitives.views import PrimitiveDraft, PrimitivePatch, PrimitiveView
from models.kinds import Kind
from models.store.primitives import queries as primitives

router = APIRouter(prefix="/api/primitives", tags=["primitives"], route_class=JsonRoute)

KindQuery = Annotated[Kind | None, Query(description="Required if several kinds use the same slug.")]


@router.post("", status_code=status.HTTP_201_CREATED, responses=responses(409))
async def create(
    draft: PrimitiveDraft, session: Session, state: StateDep, actor: Admin, response: Response
) -> PrimitiveView:
    """Create a primitive."""
    return _tagged(await saving.create(session, state, draft, actor), response)


@router.get("")
async def list_all(
    session: Session,
    _: Reader,
    wanted: PageDep,
    kind: Kind | None = None,
    search: Annotated[str | None, Query(max_length=200)] = None,
    archived: bool = False,
    managed_by: Annotated[str | None, Query(alias="managedBy")] = None,
) -> Page[PrimitiveView]:
    """List primitives, newest first."""
    rows, cursor = await primitives.page(
        session, wanted, kind=kind, search=search, archived=archived, managed_by=managed_by
    )
    return Page(items=await saving.views(session, rows), next_cursor=cursor)


@router.get("/{name}", responses=responses(404, 409))
async def read(name: str, session: Session, _: Reader, response: Response, kind: KindQuery = None) -> PrimitiveView:
    """Read a primitive by id or slug; its ETag is its revision."""
    return _tagged(await saving.read_view(session, await primitives.by_name(session, name, kind)), response)


@router.patch("/{name}", responses=responses(404, 409, 412))
async def change(
    name: str,
    patch: PrimitivePatch,
    session: Session,
    state: StateDep,
    actor: Admin,
    response: Response,
    kind: KindQuery = None,
    if_match: IfMatch = None,
) -> PrimitiveView:
    """Update a primitive; its spec is replaced as a whole, and redacted secrets in it keep their value."""
    row = await primitives.by_name(session, name, kind, lock=True)
    check_revision(row, if_match)
    return _tagged(await saving.change(session, state, row, patch, actor), response)


@router.delete("/{name}", status_code=status.HTTP_204_NO_CONTENT, responses=responses(404, 409))
async def archive(name: str, session: Session, actor: Admin, kind: KindQuery = None) -> None:
    """Archive a primitive that is not in use; its runs are kept."""
    await saving.archive(session, await primitives.by_name(session, name, kind, lock=True), actor)


def _tagged(primitive: PrimitiveView, response: Response) -> PrimitiveView:
    set_etag(primitive.revision, response)
    return primitive
