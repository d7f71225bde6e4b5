"""Agents' answers, stored on their runs.

The first answer is kept. Cost adds up over all attempts, failed ones included.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from pydantic import JsonValue
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.base import JsonObject
from models.contracts.primitives.specs import AgentSpec
from models.contracts.runs.views import RunError, Tokens
from models.contracts.workflows.lifecycle import AgentAnswer
from models.errors import AlreadyAnswered, CallSuperseded, NotFound
from models.rules.json.equality import same_json
from models.states import RunStatus
from models.store.runs.attempts import begin_attempt, end_attempt, fail_attempt
from models.store.runs.costs import Cost
from models.store.stats.folding import note_waiting
from models.store.tables.primitives import Primitive
from models.store.tables.runs import OPEN_CONDITION, Run

NOTE_LENGTH = 2000


@dataclass(frozen=True)
class NewAnswer:
    """An answer that is to be stored; `note` says what it lost when it was read."""

    output: JsonValue
    cost: Cost
    simulated: bool = False
    note: str | None = None


@dataclass(frozen=True)
class CallState:
    """The state of a run's call: its answer if it has one, the agent's callback, and until when that may come."""

    answer: AgentAnswer | None
    callback: JsonObject | None
    callback_until: datetime | None


async def call_state(session: AsyncSession, run_id: uuid.UUID) -> CallState:
    """Return the answer of an earlier attempt and the callback.

    Raises:
        NotFound: No run has this id.
    """
    run = await session.get(Run, run_id)
    if run is None:
        raise NotFound(f"there is no run {run_id}")
    return state_of(run)


async def claim_call(session: AsyncSession, run_id: uuid.UUID, *, owner: str, attempt: int) -> None:
    """Claim the call of an agent for one attempt of one activity; a queued run is running from now on.

    Raises:
        CallSuperseded: the run has an answer or has ended, or a later attempt has claimed the call.
    """
    run = await session.get(Run, run_id, with_for_update={"key_share": True}, populate_existing=True)
    if run is None:
        raise CallSuperseded("the run is gone")
    await claim_locked(session, run, owner=owner, attempt=attempt, at=datetime.now(UTC))
    if run.status is RunStatus.QUEUED:
        run.status = RunStatus.RUNNING
    await session.flush()
    await note_waiting(session, run)


async def claim_locked(session: AsyncSession, run: Run, *, owner: str, attempt: int, at: datetime) -> None:
    """Claim the call of an agent for one attempt of one activity, of a run that this transaction has locked.

    Raises:
        CallSuperseded: the run has an answer or has ended, or a later attempt has claimed the call.
    """
    claimed_later = run.call_owner == owner and run.call_attempt is not None and run.call_attempt > attempt
    if run.answered_at is not None or run.finished_at is not None or claimed_later:
        raise CallSuperseded("the run has an answer, has ended, or is called by a later attempt")
    run.call_owner, run.call_attempt, run.called_at = owner, attempt, run.called_at or at
    await begin_attempt(session, run, at)


def state_of(run: Run) -> CallState:
    """Return the answer of an earlier attempt and the callback."""
    return CallState(_answer(run) if run.answered_at else None, run.callback, run.callback_until)


async def callback_of(session: AsyncSession, run_id: uuid.UUID) -> JsonObject | None:
    """Return the agent's callback; None until it arrives."""
    return await session.scalar(select(Run.callback).where(Run.id == run_id))


async def agent_spec(session: AsyncSession, agent_id: uuid.UUID) -> tuple[str, AgentSpec]:
    """Return an agent's slug and spec, secrets sealed.

    Raises:
        NotFound: No agent has this id.
    """
    row = (await session.execute(select(Primitive.slug, Primitive.spec).where(Primitive.id == agent_id))).one_or_none()
    if row is None:
        raise NotFound(f"there is no agent {agent_id}")
    return row.slug, AgentSpec.model_validate(row.spec)


async def record_answer(session: AsyncSession, run_id: uuid.UUID, answer: NewAnswer, at: datetime) -> AgentAnswer:
    """Record the run's answer and return it; if the run has one already, return that and change nothing.

    A run that has ended meanwhile is not changed.
    """
    run = await _locked(session, run_id)
    if run.answered_at is None and run.finished_at is not None:
        cost = answer.cost
        return AgentAnswer(output=answer.output, cost_usd=cost.known_usd, tokens=cost.tokens, model=cost.model)
    return await answer_locked(session, run, answer, at)


async def answer_locked(session: AsyncSession, run: Run, answer: NewAnswer, at: datetime) -> AgentAnswer:
    """Record the answer of a locked, open run, unless it has one; return the one that it has now."""
    if run.answered_at is None:
        await end_attempt(session, run, answer.cost, at)
        _add(run, answer.cost)
        run.output = answer.output
        run.model = answer.cost.model or run.model
        run.simulated = run.simulated or answer.simulated
        # That of a callback was stored with it.
        add_note(run, answer.note)
        run.answered_at = at
    return _answer(run)


async def record_acceptance(session: AsyncSession, run_id: uuid.UUID, until: datetime) -> bool:
    """Record until when an agent that accepted the call may call back; return whether it has done so already."""
    run = await _locked(session, run_id)
    run.callback_until = until
    return run.callback is not None


async def add_cost(session: AsyncSession, run_id: uuid.UUID, cost: Cost, failure: RunError | None = None) -> int:
    """Add the cost of an attempt without an answer, and drop the callback, which belonged to it.

    Args:
        session: The transaction.
        run_id: The run.
        cost: What the attempt has cost.
        failure: How the agent has failed; None if it is not the agent's fault, such as a lost worker.

    Returns how many attempts the agent has failed, this one included.
    """
    run = await _locked(session, run_id)
    if run.answered_at is None and run.finished_at is None:
        _add(run, cost)
        if failure is not None:
            run.call_failures += 1
            await fail_attempt(session, run, failure, cost, datetime.now(UTC))
        run.callback = run.callback_until = run.note = None
    return run.call_failures


async def untold_callbacks(session: AsyncSession, limit: int) -> Sequence[str]:
    """Return the Temporal workflows of open runs whose callback has arrived and is not read."""
    query = (
        select(Run.temporal_workflow_id)
        .where(OPEN_CONDITION, Run.callback_until.is_not(None), Run.callback.is_not(None), Run.answered_at.is_(None))
        .where(Run.temporal_workflow_id.is_not(None))
        .order_by(Run.callback_until)
        .limit(limit)
    )
    return [found for found in await session.scalars(query) if found is not None]


async def workflow_to_tell(session: AsyncSession, run_id: uuid.UUID) -> str | None:
    """Return the Temporal workflow that waits for the run's callback; None where none does yet."""
    query = select(Run.temporal_workflow_id).where(Run.id == run_id, Run.callback_until.is_not(None))
    return await session.scalar(query)


async def store_callback(session: AsyncSession, run_id: uuid.UUID, body: JsonValue, *, note: str | None = None) -> bool:
    """Store an agent's callback; the first one is kept, and the same again changes nothing.

    `note` is what it lost when it was read.

    Returns False if the run does not exist or has ended without a callback.

    Raises:
        AlreadyAnswered: the agent gave another answer before.
    """
    run = await session.get(Run, run_id, with_for_update={"key_share": True})
    if run is None:
        return False
    if run.callback is not None and same_json(run.callback["body"], body):
        return True
    if run.answered_at is not None or run.callback is not None:
        raise AlreadyAnswered("the agent has given another answer, which is kept")
    if run.finished_at is not None:
        return False
    run.callback = {"body": body}
    add_note(run, note)
    return True


async def note_on_run(session: AsyncSession, run_id: uuid.UUID, note: str) -> None:
    """Add a note to a run, if it is there."""
    if run := await session.get(Run, run_id, with_for_update={"key_share": True}):
        add_note(run, note)


def add_note(run: Run, note: str | None) -> None:
    """Add a note to a locked run; the same again changes nothing."""
    if note and note not in (run.note or ""):
        run.note = f"{run.note}; {note}"[:NOTE_LENGTH] if run.note else note[:NOTE_LENGTH]


async def _locked(session: AsyncSession, run_id: uuid.UUID) -> Run:
    return await session.get_one(Run, run_id, with_for_update={"key_share": True})


def _add(run: Run, cost: Cost) -> None:
    if cost.known_usd is not None:
        run.cost_usd = (run.cost_usd or Decimal()) + cost.known_usd
    run.unknown_costs += cost.unknown
    run.model = cost.model or run.model
    if cost.tokens is not None:
        before = Tokens.model_validate(run.tokens or {})
        run.tokens = before.plus(cost.tokens).wire()


def _answer(run: Run) -> AgentAnswer:
    return AgentAnswer(
        output=run.output,
        cost_usd=None if run.unknown_costs else run.cost_usd,
        tokens=Tokens.model_validate(run.tokens) if run.tokens else None,
        model=run.model,
    )
