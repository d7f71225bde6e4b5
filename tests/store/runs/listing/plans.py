"""What PostgreSQL does for the statements of a session: their plans, as they were carried out."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import ClauseElement, Executable, Select, event
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import ORMExecuteState

_THROWN = ("Rows Removed by Filter", "Rows Removed by Index Recheck", "Rows Removed by Join Filter")


class Explain(Executable, ClauseElement):
    """A query that answers with its plan."""

    inherit_cache = False

    def __init__(self, query: Select[Any]) -> None:
        self.query = query


@compiles(Explain)
def _explain(element: Explain, compiler: Any, **options: Any) -> str:
    return f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {compiler.process(element.query, **options)}"


@contextmanager
def plans(session: AsyncSession) -> Iterator[list[dict[str, Any]]]:
    """Collect the plan of each query of a session in the block."""
    found: list[dict[str, Any]] = []

    def explain(state: ORMExecuteState) -> None:
        if state.is_select and not state.execution_options.get("is_explained"):
            answer = state.session.connection().execute(Explain(state.statement), state.parameters or {})  # type: ignore[arg-type]
            found.append(answer.scalar_one()[0])

    event.listen(session.sync_session, "do_orm_execute", explain)
    yield found
    event.remove(session.sync_session, "do_orm_execute", explain)


def thrown_away(plan: dict[str, Any]) -> int:
    """Return how many rows the nodes of a plan have read and left out."""
    own = sum(plan.get(name, 0) for name in _THROWN) * plan.get("Actual Loops", 1)
    return int(own) + sum(thrown_away(one) for one in plan.get("Plans", ()))


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for one in plan.get("Plans", ()):
        yield from nodes(one)
