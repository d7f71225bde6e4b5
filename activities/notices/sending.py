"""Sends notices from the outbox to the channels; each channel is tried on its own, and again after a failure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import httpx2
import structlog
from temporalio import activity

from activities.notices.channels import Channel, MaybeSent, Message, channels
from models.contracts.governance.notices import NoticeSeverity
from models.errors import PodiumError
from models.store.governance import notices
from models.store.governance.notice_limits import Room, claim_waiting, room_of
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
MOST_TOLD = 10
"""Notices whose titles are told in the message that stands for many."""


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
        2. Send each to the channels that do not have it. A channel that has got many messages gets what comes on top
           later, in one.
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
                limit = self.settings.notices_per_hour
                rooms = {one.key: await room_of(session, one.key, limit, now) for one in found} if claimed else {}
            done: set[tuple[str, UUID]] = set()
            for notice, automation in claimed:
                activity.heartbeat()
                results = []
                for channel in self._left(found, notice):
                    if (channel.key, notice.id) not in done:
                        mine = [one.id for one, _ in claimed]
                        others, sent = await self._deliver(channel, notice, automation, rooms[channel.key], mine)
                        done |= {(channel.key, one) for one in others}
                        await self._note(others, [sent], found)
                        results.append(sent)
                await self._note([notice.id], results, found)
            handled += len(claimed)
            if not claimed:
                break
        return handled

    async def _deliver(
        self, channel: Channel, notice: Notice, automation: Automation | None, room: Room, claimed: Sequence[UUID]
    ) -> tuple[list[UUID], Sent]:
        """Send a notice, together with others that have waited for room; return the ids of those, and the result."""
        known = notice.deliveries.get(channel.key, {})
        if room.left <= 0:
            why = f"{self.settings.notices_per_hour} messages were sent within an hour"
            tried = known.get("attempts", 0)
            return [], Sent(channel.key, channel.name, tried, None, why, waits_until=room.frees_at)
        room.left -= 1
        others: list[Notice] = []
        if known.get("waits"):
            async with transaction(self.sessions) as session:
                waiting = await claim_waiting(session, channel.key, claimed, datetime.now(UTC), MOST)
            others = [one for one in waiting if one.id != notice.id]
        message = self._summary([notice, *others]) if others else self._message(notice, automation)
        return [one.id for one in others], await self._sent(channel, notice, message)

    async def _note(self, ids: Sequence[UUID], sent: Sequence[Sent], found: Sequence[Channel]) -> None:
        async with transaction(self.sessions) as session:
            for notice_id in ids:
                await notices.note_sent(session, notice_id, sent, [one.key for one in found], datetime.now(UTC))

    def _left(self, found: Sequence[Channel], notice: Notice) -> list[Channel]:
        return [one for one in found if not notice.deliveries.get(one.key, {}).get("over")]

    async def _sent(self, channel: Channel, notice: Notice, message: Message) -> Sent:
        attempts = notice.deliveries.get(channel.key, {}).get("attempts", 0) + 1
        try:
            await channel.send(message)
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

    def _summary(self, together: Sequence[Notice]) -> Message:
        """One message for notices that had to wait."""
        first, number = together[0], len(together)
        told = [f"- {one.title}" for one in together[:MOST_TOLD]]
        if number > MOST_TOLD:
            told.append(f"and {number - MOST_TOLD} more")
        return Message(
            id=f"{first.id}-and-{number - 1}-more",
            at=first.at,
            kind="notices",
            severity=max((one.severity for one in together), key=list(NoticeSeverity).index),
            title=f"{number} more notices",
            text="\n".join(told),
            automation=None,
            url=f"{self.settings.base_url}/activity",
        )
