"""How a pulse ranks its members and what it decides about their capacity."""

from pydantic import JsonValue

from models.contracts.primitives.specs import PulseSpec
from models.contracts.workflows.pulses import CapacityChange, MemberRecords, Ranking
from models.rules.health import success_rate
from models.rules.number_format import percent


def rank(spec: PulseSpec, records: MemberRecords) -> tuple[Ranking, ...]:
    """Order the members by score, best first; those with too few runs come last, in the order of the spec."""
    judged = [
        (
            member,
            success_rate(member.completed, member.finished - member.completed)
            if member.finished >= spec.min_runs
            else None,
        )
        for member in records.members
    ]
    judged.sort(key=lambda pair: -1.0 if pair[1] is None else pair[1] * pair[0].weight, reverse=True)
    return tuple(
        Ranking(
            place=place,
            agent=member.agent,
            score=None if rate is None else rate * member.weight,
            success_rate=rate,
            finished=member.finished,
            action=_action(spec, rate),
        )
        for place, (member, rate) in enumerate(judged, start=1)
    )


def capacity_changes(
    spec: PulseSpec, records: MemberRecords, rankings: tuple[Ranking, ...]
) -> tuple[CapacityChange, ...]:
    """Raise the capacity of promoted members by one and lower that of demoted ones, within the bounds."""
    if spec.capacity is None:
        return ()
    steps = {"promote": 1, "demote": -1}
    capacities = {member.agent: member.capacity for member in records.members}
    changes = []
    for ranking in rankings:
        before = capacities[ranking.agent]
        wanted = before + steps.get(ranking.action, 0)
        after = max(spec.capacity.minimum, min(spec.capacity.maximum, wanted))
        if ranking.success_rate is not None and ranking.action in steps and after != before:
            reason = f"{percent(ranking.success_rate)} of {ranking.finished} runs completed"
            changes.append(CapacityChange(agent=ranking.agent, before=before, after=after, reason=reason))
    return tuple(changes)


def report(
    spec: PulseSpec, records: MemberRecords, rankings: tuple[Ranking, ...], changes: tuple[CapacityChange, ...]
) -> JsonValue:
    """Return the evaluation as the output of its run: goal, window, ranking and actions."""
    completed = sum(member.completed for member in records.members)
    finished = sum(member.finished for member in records.members)
    return {
        "goal": spec.goal,
        "since": records.since.isoformat() if records.since else None,
        "until": records.until.isoformat(),
        "finishedRuns": finished,
        "successRate": success_rate(completed, finished - completed),
        "rankings": [ranking.wire() for ranking in rankings],
        "actions": [change.wire() for change in changes],
    }


def _action(spec: PulseSpec, rate: float | None) -> str:
    if rate is None:
        return "wait"
    if rate >= spec.promote_above:
        return "promote"
    return "demote" if rate < spec.demote_below else "keep"
