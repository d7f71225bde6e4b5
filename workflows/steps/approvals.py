"""Which approval step a decision is for: the one it names, or the only one that the run has."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.contracts.workflows.signals import ApprovalDecision, SentMessage
    from workflows.runs.senders import is_proved
    from workflows.runs.signals import conflict, invalid


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided for a step, and the message of it if that came with a proof of its sender."""

    approved: bool
    given: ApprovalDecision
    sent: SentMessage | None


@dataclass(slots=True)
class Approvals:
    """The approval steps of a run: all of them, those that wait, and the decisions so far."""

    steps: Collection[str] | None = None
    """None: the run has not begun."""
    waiting: list[str] = field(default_factory=list)
    decided: dict[str, Decision] = field(default_factory=dict)

    def step_for(self, decision: ApprovalDecision, *, must_be_named: bool = True) -> str:
        """Return the key of the step that a decision is for.

        Args:
            decision: The decision, which may name its step.
            must_be_named: Whether `decision.step` is required if the run has several approval steps.

        Raises:
            ApplicationError: `invalid` for a step that is not an approval of this run; `conflict` for one that was
                decided, does not wait yet, or is not named although the run has several.
        """
        if self.steps is None:
            raise conflict("the run has not begun yet; no step is waiting for approval")
        undecided = [key for key in self.waiting if key not in self.decided]
        step = decision.step
        if step is None:
            return _only(undecided, self.steps, must_be_named)
        if step not in self.steps:
            known = ", ".join(sorted(self.steps)) or "none"
            raise invalid(f"this run has no approval step {step!r}; its approval steps: {known}", "step")
        if step in self.decided:
            raise conflict(f"step {step!r} has been decided already")
        if step not in undecided:
            raise conflict(f"step {step!r} is not waiting for approval yet")
        return step

    def decide(self, decision: Decision, *, must_be_named: bool = True) -> str:
        """Record a decision and return its step; raises what `step_for` raises."""
        step = self.step_for(decision.given, must_be_named=must_be_named)
        self.decided[step] = decision
        return step


def _only(undecided: Sequence[str], steps: Collection[str], must_be_named: bool) -> str:
    if not undecided:
        raise conflict("no step is waiting for approval")
    # Sent twice, a decision without a name would also decide the next step, once that waits.
    if len(undecided) > 1 or (must_be_named and len(steps) > 1):
        raise conflict(f"this run has {len(steps)} approval steps; name the one that you mean: {', '.join(steps)}")
    return undecided[0]


async def is_claimed(step: str, decision: Decision) -> bool:
    """Return whether nobody has verified who decided a step."""
    # Runs whose step was decided before 2026-12 believed what an update said of itself. The answer to `patched` is kept
    # for the whole run, in which other steps may be decided later: so each step asks for itself.
    if not workflow.patched(f"senders-are-verified-{step}"):
        return not decision.given.authenticated
    return decision.sent is None or not await is_proved(decision.sent)
