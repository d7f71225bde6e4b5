"""The last days by hour from `kind_hours`, and the changes of the audit log."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.control_history import ControlHistory, ControlHistoryHour, ControlMarker
from models.rules.control.history import CHANGES, WEEKS, changes_in_words, same_hours_before, usual
from models.states import RunSource, RunStatus
from models.store.stats.counting import hour_of
from models.store.stats.kind_hours import of_hours
from models.store.tables.automations import Automation
from models.store.tables.governance import AuditEntry
from models.store.tables.primitives import Primitive
from models.store.tables.stats import KindHour

HOUR = timedelta(hours=1)
# A local hour of six weeks ago is another hour of UTC if the clocks were changed since.
BEFORE = timedelta(weeks=WEEKS, hours=2)


@dataclass(frozen=True, slots=True)
class _Hour:
    """The sums of one hour."""

    completed: int = 0
    failed: int = 0
    cancelled: int = 0
    cost_usd: Decimal = Decimal()
    unknown_costs: int = 0

    @property
    def runs(self) -> int:
        return self.completed + self.failed + self.cancelled

    @property
    def failure_rate(self) -> float | None:
        ended = self.completed + self.failed
        return 100 * self.failed / ended if ended else None


NOTHING = _Hour()


async def history(session: AsyncSession, *, days: int, tz: ZoneInfo, now: datetime) -> ControlHistory:
    """Return each hour of the last days, the current one included, beside the same hours of the weeks before."""
    last = hour_of(now)
    first = last - timedelta(days=days) + HOUR
    known = await _hours(session, first - BEFORE)
    # Before the first run there was nothing to learn from, which is not the same as nothing.
    begin = min(known, default=last)
    hours = [first + place * HOUR for place in range(days * 24)]
    return ControlHistory(
        as_of=now,
        timezone=tz.key,
        weeks=WEEKS,
        hours=tuple(_view(hour, known, begin, tz) for hour in hours),
        markers=await _markers(session, first, tz),
    )


async def _hours(session: AsyncSession, since: datetime) -> dict[datetime, _Hour]:
    is_root = KindHour.source != RunSource.PARENT

    def roots(status: RunStatus) -> ColumnElement[int]:
        return func.coalesce(func.sum(KindHour.runs).filter(is_root, KindHour.status == status), 0)

    query = select(
        KindHour.hour,
        roots(RunStatus.COMPLETED),
        roots(RunStatus.FAILED),
        roots(RunStatus.CANCELLED),
        func.sum(KindHour.own_cost_usd_sum),
        func.sum(KindHour.unknown_costs),
    )
    rows = await session.execute(query.where(*of_hours(since)).group_by(KindHour.hour))
    return {
        hour.astimezone(UTC): _Hour(int(completed), int(failed), int(cancelled), cost, int(unknown))
        for hour, completed, failed, cancelled, cost, unknown in rows
    }


def _view(hour: datetime, known: Mapping[datetime, _Hour], begin: datetime, tz: ZoneInfo) -> ControlHistoryHour:
    now = known.get(hour, NOTHING)
    before = [known.get(one, NOTHING) for one in same_hours_before(hour, tz) if one >= begin]
    return ControlHistoryHour(
        start=hour.astimezone(tz),
        runs=now.runs,
        completed=now.completed,
        failed=now.failed,
        failure_rate=now.failure_rate,
        cost_usd=now.cost_usd,
        unknown_costs=now.unknown_costs,
        usual_runs=usual([one.runs for one in before]),
        usual_failure_rate=usual([rate for one in before if (rate := one.failure_rate) is not None]),
        usual_cost_usd=usual([float(one.cost_usd) for one in before]),
    )


async def _markers(session: AsyncSession, since: datetime, tz: ZoneInfo) -> tuple[ControlMarker, ...]:
    hour = func.date_trunc("hour", AuditEntry.at, "UTC").label("hour")
    query = (
        select(hour, AuditEntry.action, func.count(), func.min(func.coalesce(Automation.name, Primitive.name)))
        .outerjoin(Automation, Automation.id == AuditEntry.subject_id)
        .outerjoin(Primitive, Primitive.id == AuditEntry.subject_id)
        .where(AuditEntry.at >= since, AuditEntry.action.in_(CHANGES))
        .group_by(hour, AuditEntry.action)
    )
    by_hour: dict[datetime, list[tuple[str, int, str | None]]] = defaultdict(list)
    for start, action, count, name in await session.execute(query):
        by_hour[start].append((action, count, name))
    return tuple(
        ControlMarker(
            start=start.astimezone(tz),
            changes=sum(count for _, count, _ in found),
            text=changes_in_words(found),
            link=f"/activity?{urlencode({'from': _iso(start), 'to': _iso(start + HOUR)})}",
        )
        for start, found in sorted(by_hour.items())
    )


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
