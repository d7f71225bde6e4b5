"""What a pulse's run shows: the rankings before and after, and what the evaluation changed."""

from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.runs.details import MemberView, PulseDetails, PulseReport
from models.contracts.runs.facts import PulseFacts
from models.contracts.workflows.pulses import MemberRecord
from models.rules.health import success_rate
from models.store.runs.details.parts import steps
from models.store.tables.runs import Run


async def pulse_details(session: AsyncSession, run: Run) -> PulseDetails:
    (collecting, *_) = [row.detail for row in await steps(session, run.id)] or [None]
    return PulseDetails(
        collecting=collecting, report=_report(PulseFacts.model_validate(run.facts)) if run.facts else None
    )


def _report(facts: PulseFacts) -> PulseReport:
    completed = sum(one.completed for one in facts.members)
    finished = sum(one.finished for one in facts.members)
    members = [_member(facts, one) for one in facts.members]
    return PulseReport(
        goal=facts.goal,
        since=facts.since,
        until=facts.until,
        finished=finished,
        success_rate=success_rate(completed, finished - completed),
        open_runs=facts.open_runs,
        has_ranking_before=facts.before is not None,
        members=tuple(sorted(members, key=lambda one: one.place or len(members))),
    )


def _member(facts: PulseFacts, record: MemberRecord) -> MemberView:
    ranking = next((one for one in facts.rankings if one.agent == record.agent), None)
    before = next((one for one in facts.before or () if one.agent == record.agent), None)
    change = next((one for one in facts.changes if one.agent == record.agent), None)
    return MemberView(
        agent=record.agent,
        weight=record.weight,
        completed=record.completed,
        failed=record.failed,
        cost_usd=record.cost_usd,
        mean_duration_ms=record.mean_duration_ms,
        place=ranking.place if ranking else None,
        place_before=before.place if before else None,
        score=ranking.score if ranking else None,
        score_before=before.score if before else None,
        success_rate=ranking.success_rate if ranking else None,
        action=ranking.action if ranking else None,
        capacity=record.capacity,
        capacity_after=change.after if change else record.capacity,
        reason=change.reason if change else None,
    )
