"""Verifies who has sent a message to a run; the key is not available to workflow code."""

from dataclasses import dataclass

from temporalio import activity

from models.contracts.workflows.signals import RunPause, SentMessage
from models.store.runs import steps
from runtime.database import Sessions, transaction
from runtime.security.senders import is_proved
from runtime.settings import Settings


@dataclass(frozen=True, slots=True)
class SenderActivities:
    """The activities and their dependencies."""

    sessions: Sessions
    settings: Settings

    @activity.defn(name="verify-sender")
    async def verify_sender(self, sent: SentMessage) -> bool:
        """Return whether the API has sent the message, so that the name in it is verified."""
        return is_proved(self.settings, sent)

    @activity.defn(name="record-pause")
    async def record_pause(self, pause: RunPause) -> bool | None:
        """Write on the row that the run is held, and whether it is verified by whom, or that it goes on.

        Returns whether it is verified; in the histories of older versions there is no answer.
        """
        verified = pause.sent is not None and is_proved(self.settings, pause.sent)
        async with transaction(self.sessions) as session:
            await steps.record_pause(session, pause, verified=verified)
        return verified
