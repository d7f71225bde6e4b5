"""What a run of each kind has done, does now, or waits for, and where it failed, as parts of its sentence."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.contracts.runs.details import (
    AgentDetails,
    CampaignDetails,
    NetworkDetails,
    PulseDetails,
    WorkflowDetails,
    WorkflowStep,
)
from models.contracts.runs.parts import PartView
from models.kinds import Kind
from models.rules.number_format import exact_duration, ordinal, percent, plural
from models.rules.runs.routing import why_ended
from models.states import StepStatus

MOST_NAMES = 3
LONGEST_TEXT = 200
_ENDED = frozenset({StepStatus.COMPLETED, StepStatus.FAILED, StepStatus.CANCELLED, StepStatus.SKIPPED})


@dataclass(frozen=True, slots=True)
class KindWords:
    """How a kind speaks of its runs. Each takes the details of the kind; empty: there is nothing to say.

    Attributes:
        done: What a completed run has done.
        failed_part: The part that made the run fail.
        place: That part as a place: "step publish".
        doing: What it does now.
        waits: What it waits for now; takes the time as well.
        cause: Why it failed, where the details say it better than the error, whose type it takes as well.
    """

    done: Callable[[Any], str]
    failed_part: Callable[[Any], PartView | None]
    place: Callable[[Any], str]
    doing: Callable[[Any], str]
    waits: Callable[[Any, datetime], str]
    cause: Callable[[Any, str], str]


def _no_better_cause(details: Any, error_type: str) -> str:
    return ""


def _nothing_failed(details: Any) -> PartView | None:
    return None


def _waits_for_nothing(details: Any, now: datetime) -> str:
    return ""


def _agent_done(agent: AgentDetails) -> str:
    return f"its {ordinal(agent.failed_attempts + 1)} attempt succeeded" if agent.failed_attempts else ""


def _agent_place(agent: AgentDetails) -> str:
    return f"its {ordinal(agent.failed_attempts)} attempt" if agent.failed_attempts > 1 else ""


def _agent_doing(agent: AgentDetails) -> str:
    if agent.callback_until:
        return "the agent has accepted the call and will call back"
    if agent.failed_attempts:
        return f"its {ordinal(agent.failed_attempts)} attempt has failed"
    return "the agent is called" if agent.called_at else ""


def _steps_done(workflow: WorkflowDetails) -> str:
    counts = _counts(workflow.steps)
    ran = counts[StepStatus.COMPLETED]
    others = [
        f"{counts[status]} {word}"
        for status, word in ((StepStatus.SKIPPED, "skipped"), (StepStatus.FAILED, "failed as allowed"))
        if counts[status]
    ]
    if not others:
        return plural(ran, "step")
    return f"{ran} of {plural(len(workflow.steps), 'step')}, {', '.join(others)}"


def _failed_step(workflow: WorkflowDetails) -> PartView | None:
    return _first_failed(step for step in workflow.steps if not step.continues)


def _step_place(workflow: WorkflowDetails) -> str:
    failed = _failed_step(workflow)
    return f"step {failed.name}" if failed else ""


def _steps_doing(workflow: WorkflowDetails) -> str:
    ended = f"{sum(step.status in _ENDED for step in workflow.steps)} of {plural(len(workflow.steps), 'step')} ended"
    running = [_running_step(step) for step in workflow.steps if step.status is StepStatus.RUNNING]
    return f"{ended}, now at {_listed(running)}" if running else ended


def _running_step(step: WorkflowStep) -> str:
    if step.items is None or step.items.total is None:
        return step.name
    ended = sum(number for status, number in step.items.by_status.items() if status in _ENDED)
    return f"{step.name} ({ended:,} of {step.items.total:,} items)"


def _steps_wait(workflow: WorkflowDetails, now: datetime) -> str:
    waiting = [step for step in workflow.steps if step.status is StepStatus.WAITING and step.started_at]
    gates = [step for step in waiting if step.gate]
    if gates:
        since = min(step.started_at for step in gates if step.started_at)
        about = _listed([step.name for step in gates])
        return f"Waiting for {exact_duration(now - since)} for a decision about {about}"
    ends = [(step.until, step.name) for step in waiting if step.until]
    if not ends:
        return f"Waiting to try a step again: {_steps_doing(workflow)}"
    until, name = min(ends)
    return f"Waiting at step {name} for another {exact_duration(max(until - now, now - now))}"


def _route_done(network: NetworkDetails) -> str:
    hops = plural(len(network.hops), "hop")
    return f"{hops}, {why_ended(network.ended)}" if network.ended else hops


def _failed_hop(network: NetworkDetails) -> PartView | None:
    routers = [hop.router for hop in network.hops if hop.router] + ([network.router] if network.router else [])
    return _first_failed([*network.hops, *routers])


def _hop_place(network: NetworkDetails) -> str:
    failed = _failed_hop(network)
    if failed is None:
        return ""
    number = next((hop.number for hop in network.hops if hop.path == failed.path), None)
    return f"hop {number} ({failed.name})" if number else f"its router ({failed.name})"


def _route_doing(network: NetworkDetails) -> str:
    if network.router and network.router.status not in _ENDED:
        return f"{network.router.name} chooses the next member"
    hop = next((hop for hop in network.hops if hop.status not in _ENDED), None)
    return f"hop {hop.number} ({hop.name})" if hop else ""


def _tasks_done(campaign: CampaignDetails) -> str:
    report = campaign.report
    if report is None:
        return ""
    skipped = report.by_status.get(StepStatus.SKIPPED, 0)
    completed = report.by_status.get(StepStatus.COMPLETED, 0)
    text = f"{completed} of {plural(report.tasks, 'task')} completed"
    return f"{text}, {skipped} skipped" if skipped else text


def _failed_planner(campaign: CampaignDetails) -> PartView | None:
    planner = campaign.planner
    return planner if planner and not campaign.missions and planner.status is StepStatus.FAILED else None


def _campaign_place(campaign: CampaignDetails) -> str:
    planner = _failed_planner(campaign)
    return f"its planner ({planner.name})" if planner else ""


def _campaign_cause(campaign: CampaignDetails, error_type: str) -> str:
    """Say the result and the most frequent failure; the error lists every task that failed."""
    report, required = campaign.report, campaign.required_rate
    if error_type != "campaign_failed" or report is None or required is None:
        return ""
    text = f"{_tasks_done(campaign)}, {percent(required)} are required"
    if not report.failures:
        return text
    first = report.failures[0]
    return f"{text}; {plural(first.tasks, 'task')} failed with: {in_short(first.error.message)}"


def _tasks_doing(campaign: CampaignDetails) -> str:
    report = campaign.report
    if report is None:
        return f"{campaign.planner.name} plans the missions" if campaign.planner else ""
    counts = report.by_status
    ended = sum(number for status, number in counts.items() if status in _ENDED)
    mission = next((one for one in campaign.missions if one.status is StepStatus.RUNNING), None)
    text = f"{ended} of {plural(sum(counts.values()), 'task')} ended"
    if running := counts.get(StepStatus.RUNNING, 0):
        text = f"{text}, {running} running"
    return f"{text}, now at mission {mission.name}" if mission else text


def _ranking_done(pulse: PulseDetails) -> str:
    report = pulse.report
    if report is None:
        return ""
    changed = sum(member.capacity_after != member.capacity for member in report.members)
    text = f"{plural(len(report.members), 'member')} ranked by {plural(report.finished, 'run')}"
    return f"{text}, {plural(changed, 'capacity', 'capacities')} changed" if changed else text


def _ranking_doing(pulse: PulseDetails) -> str:
    return "it collects the runs of its members"


def _ranking_waits(pulse: PulseDetails, now: datetime) -> str:
    return "Waiting for open runs of its members to end"


WORDS: Mapping[Kind, KindWords] = {
    Kind.AGENT: KindWords(
        _agent_done, _nothing_failed, _agent_place, _agent_doing, _waits_for_nothing, _no_better_cause
    ),
    Kind.WORKFLOW: KindWords(_steps_done, _failed_step, _step_place, _steps_doing, _steps_wait, _no_better_cause),
    Kind.NETWORK: KindWords(_route_done, _failed_hop, _hop_place, _route_doing, _waits_for_nothing, _no_better_cause),
    Kind.CAMPAIGN: KindWords(
        _tasks_done, _failed_planner, _campaign_place, _tasks_doing, _waits_for_nothing, _campaign_cause
    ),
    Kind.PULSE: KindWords(
        _ranking_done, _nothing_failed, lambda pulse: "", _ranking_doing, _ranking_waits, _no_better_cause
    ),
}


def _counts(parts: Iterable[PartView]) -> dict[StepStatus, int]:
    counts = dict.fromkeys(StepStatus, 0)
    for part in parts:
        counts[part.status] += 1
    return counts


def _first_failed(parts: Iterable[PartView]) -> PartView | None:
    failed = [part for part in parts if part.status is StepStatus.FAILED]
    return min(failed, key=lambda part: (part.finished_at is None, part.finished_at), default=None)


def _listed(names: Sequence[str]) -> str:
    """Join names: "a", "a and b", "a, b, c and 4 more"."""
    if len(names) > MOST_NAMES:
        return f"{', '.join(names[:MOST_NAMES])} and {len(names) - MOST_NAMES} more"
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def in_short(text: str) -> str:
    """Return the first line of a text without its full stop, cut to fit into a sentence."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return f"{line[:LONGEST_TEXT].rstrip()}…" if len(line) > LONGEST_TEXT else line.removesuffix(".")
