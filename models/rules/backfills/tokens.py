"""The token of a preview: what is started is exactly what was shown, or nothing."""

import hashlib
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from models.errors import Invalid
from models.rules.backfills.due_times import Planned

_TOKEN = re.compile(r"(\d{13})-[0-9a-f]{32}")
EPOCH = datetime.fromtimestamp(0, UTC)


def frozen(now: datetime) -> datetime:
    """Return the instant at which a preview is frozen: in whole milliseconds, as its token has it."""
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def token_of(frozen_at: datetime, subject: str, planned: Iterable[Planned]) -> str:
    """Return the token of a preview: when it was frozen, and a digest of what it would run."""
    digest = hashlib.sha256(f"{frozen_at.isoformat()} {subject}\n".encode())
    for one in planned:
        if one.action is not None:
            at = one.at.isoformat() if one.at else ""
            digest.update(f"{one.action.value} {at} {one.run_id or ''}\n".encode())
    return f"{_milliseconds(frozen_at)}-{digest.hexdigest()[:32]}"


def frozen_at(token: str, now: datetime) -> datetime:
    """Return when the preview of a token was frozen.

    Raises:
        Invalid: it is not a token of a preview.
    """
    found = _TOKEN.fullmatch(token)
    at = EPOCH + timedelta(milliseconds=int(found[1])) if found else None
    if at is None or at > now:
        raise Invalid("this is not the token of a preview", field="token", hint="Make a preview with dryRun: true.")
    return at


def _milliseconds(at: datetime) -> int:
    return (at - EPOCH) // timedelta(milliseconds=1)
