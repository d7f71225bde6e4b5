"""Admits waiting runs as time passes: one Temporal workflow for all automations, which runs while something waits."""

import contextlib

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.admission import AdmissionActivities
    from models.names import ADMISSION_TEMPORAL_TYPE
    from workflows.options import ADMISSION

PASSES_PER_RUN = 100
"""Then it continues as new, so that its history stays short."""


@workflow.defn(name=ADMISSION_TEMPORAL_TYPE)
class Admission:
    """Repeats the activity until nothing waits for time."""

    def __init__(self) -> None:
        """Note nothing: whoever starts it signals as well."""
        self._look_again = False

    @workflow.signal
    def look_again(self) -> None:
        """Look again: something waits for an earlier instant."""
        self._look_again = True

    @workflow.run
    async def run(self) -> None:
        """Admit, wait for the next instant or a signal, and end when nothing waits and nobody has signalled."""
        for _ in range(PASSES_PER_RUN):
            self._look_again = False
            seconds = await workflow.execute_activity_method(AdmissionActivities.admit_due, **ADMISSION)
            if seconds is None:
                if not self._look_again:
                    return
            elif seconds > 0:
                with contextlib.suppress(TimeoutError):
                    await workflow.wait_condition(lambda: self._look_again, timeout=seconds)
        workflow.continue_as_new()
