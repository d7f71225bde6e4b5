"""`/api/runs/{id}/...`: what the page of a run shows, each part bounded in size, and its values to download."""

import uuid
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.deps import Reader, Session, StateDep
from api.http.bodies import JsonRoute
from api.http.errors import responses
from api.lists.run_overview import overview_of
from models.contracts.runs.overview import RunOverview, RunValues
from models.contracts.runs.queries import RunTreeQuery
from models.contracts.runs.tree import RunTree
from models.store.runs import overview
from models.store.runs.tree import TreePart, tree
from models.store.tables.runs import Run

router = APIRouter(prefix="/api/runs", tags=["runs"], route_class=JsonRoute)


@router.get("/{run_id}/overview", responses=responses(404))
async def read_overview(run_id: uuid.UUID, session: Session, state: StateDep, _: Reader) -> RunOverview:
    """Read a run without its values: its sentence, what a run of its kind shows, and the signals that it takes."""
    return await overview_of(session, await overview.without_values(session, run_id), state)


@router.get("/{run_id}/tree", responses=responses(404))
async def read_tree(run_id: uuid.UUID, session: Session, _: Reader, query: Annotated[RunTreeQuery, Query()]) -> RunTree:
    """Read a part of the tree of a run, with the spans in which each node waited and worked."""
    row = await overview.without_values(session, run_id)
    part = TreePart(query.under, frozenset(one.value for one in query.status), query.offset, query.limit)
    return await tree(session, row, part, datetime.now(UTC))


@router.get("/{run_id}/values", responses=responses(404))
async def read_values(run_id: uuid.UUID, session: Session, _: Reader) -> RunValues:
    """Read input and output of a run, or their beginning if they are large."""
    return await overview.values(session, run_id)


@router.get("/{run_id}/input", response_class=Response, responses=responses(404))
async def download_input(run_id: uuid.UUID, session: Session, _: Reader) -> Response:
    """Download the whole input of a run as JSON."""
    return _file(await overview.whole_value(session, run_id, Run.input), f"{run_id}-input")


@router.get("/{run_id}/output", response_class=Response, responses=responses(404))
async def download_output(run_id: uuid.UUID, session: Session, _: Reader) -> Response:
    """Download the whole output of a run as JSON."""
    return _file(await overview.whole_value(session, run_id, Run.output), f"{run_id}-output")


@router.get("/{run_id}/steps/{path}/output", response_class=Response, responses=responses(404))
async def download_step_output(run_id: uuid.UUID, path: str, session: Session, _: Reader) -> Response:
    """Download the output of a step that is not a child run, such as an HTTP request, as JSON."""
    return _file(await overview.step_output(session, run_id, path), f"{run_id}-step")


def _file(text: str, name: str) -> Response:
    # As an attachment it is never rendered, whatever an agent has put into it.
    disposition = f'attachment; filename="run-{name}.json"'
    return Response(text, media_type="application/json", headers={"Content-Disposition": disposition})
