"""Counts how often people touch a run, where their messages are handled: they may come through the API or Temporal."""

from dataclasses import dataclass

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.contracts.workflows.lifecycle import RunOutcome


@dataclass(slots=True)
class Touches:
    """How often somebody has intervened in a run, and how often it has asked for an approval as planned."""

    interventions: int = 0
    gates: int = 0

    def intervene(self) -> None:
        """Count a signal that was applied, a cancellation, a rejection, or an approval that nobody gave in time."""
        self.interventions += 1

    def ask(self) -> None:
        """Count a planned approval."""
        self.gates += 1

    def on(self, outcome: RunOutcome) -> RunOutcome:
        """Return the outcome with these counts."""
        return outcome.model_copy(update={"interventions": self.interventions, "gates": self.gates})
