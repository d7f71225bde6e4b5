"""Sends notices: one Temporal workflow at a time, started by the sweep while something is to be sent.

It is apart from the sweep, so that a slow channel does not hold up queued runs.
"""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.notices.sending import NoticeActivities
    from models.names import NOTICES_TEMPORAL_TYPE
    from workflows.options import SEND_NOTICES


@workflow.defn(name=NOTICES_TEMPORAL_TYPE)
class SendNotices:
    """Sends what is due, once."""

    @workflow.run
    async def run(self) -> int:
        """Return how many notices were handled."""
        return await workflow.execute_activity_method(NoticeActivities.send_notices, **SEND_NOTICES)
