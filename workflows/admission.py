"""Admits waiting runs as time passes: one Temporal workflow for all automations, which runs while something waits."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.admission import AdmissionActivities
    from models.names import ADMISSION_TEMPORAL_TYPE
    from workflows.options import ADMISSION
    from workflows.repeating import Repeating


@workflow.defn(name=ADMISSION_TEMPORAL_TYPE)
class Admission(Repeating):
    """Repeats the activity until nothing waits for time."""

    @workflow.run
    async def run(self) -> None:
        """Admit, wait for the next instant or a signal, and end when nothing waits."""
        await self.repeat(self._admit)

    async def _admit(self) -> float | None:
        return await workflow.execute_activity_method(AdmissionActivities.admit_due, **ADMISSION)
