"""Sends notices from the outbox to the channels; each channel is tried on its own, and again after a failure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx2
import structlog
from temporalio import activity

from activities.notices.channels import Channel, MaybeSent, Message, channels
from models.errors import PodiumError
from models.store.governance import notices
from models.store.governance.notices import Sent
from models.store.tables.automations import Automation
from models.store.tables.notices import Notice
from runtime.database import Sessions, transaction
from runtime.security.revealed_secrets import scrubbed_text
from runtime.settings import Settings

log = structlog.get_logger(__name__)

PAGE = 20
MOST = 1000
"""Notices that one activity sends; the next one goes on."""


@dataclass(frozen=True, slots=True)
class NoticeActivities:
    """The activity and its dependencies."""

    sessions: Sessions
    settings: Settings
    http: httpx2.AsyncClient

    @activity.defn(name="send-notices")
    async def send_notices(self) -> int:
        """Send what is due; return how many notices were handled.

        1. Claim some notices: no other worker sends them for a while. No session is held during the calls.
        2. Send each to the channels that do not have it.
        3. Store the results, and when to try again.

        A message may be sent twice if the worker dies before it stores that it was sent; its id is the same.
        """
        found, handled = channels(self.settings, self.http), 0
        if not found:
            async with transaction(self.sessions) as session:
                await notices.drop_due(session, datetime.now(UTC))
            return 0
        while handled < MOST:
            activity.heartbeat()
            now = datetime.now(UTC)
            async with transaction(self.sessions) as session:
                claimed = await notices.claim_due(session, now, PAGE)
            for notice, automation in claimed:
                activity.heartbeat()
                sent = [await self._sent(channel, notice, automation) for channel in self._left(found, notice)]
                async with transaction(self.sessions) as session:
                    await notices.note_sent(session, notice.id, sent, [one.key for one in found], datetime.now(UTC))
            handled += len(claimed)
            if not claimed:
                break
        return handled

    def _left(self, found: Sequence[Channel], notice: Notice) -> list[Channel]:
        return [one for one in found if not notice.deliveries.get(one.key, {}).get("over")]

    async def _sent(self, channel: Channel, notice: Notice, automation: Automation | None) -> Sent:
        attempts = notice.deliveries.get(channel.key, {}).get("attempts", 0) + 1
        try:
            await channel.send(self._message(notice, automation))
        except MaybeSent:
            # Once more, and then no more: the same message again and again would be worse.
            late = "it did not answer in time, and may have taken the message"
            return Sent(channel.key, channel.name, attempts, None, late, given_up=attempts > 1)
        except PodiumError as failure:
            log.warning("a notice was not sent", channel=channel.name, notice_id=str(notice.id), reason=failure.code)
            return Sent(channel.key, channel.name, attempts, None, scrubbed_text(failure.detail)[:300])
        return Sent(channel.key, channel.name, attempts, datetime.now(UTC), None)

    def _message(self, notice: Notice, automation: Automation | None) -> Message:
        page = self.settings.base_url
        about = {"id": str(automation.id), "slug": automation.slug, "name": automation.name} if automation else None
        return Message(
            id=str(notice.id),
            at=notice.at,
            kind=notice.kind,
            severity=notice.severity,
            title=notice.title,
            text=notice.text,
            automation=about,
            url=f"{page}/?open={automation.slug}" if automation else f"{page}/activity",
        )
