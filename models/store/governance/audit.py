"""The audit log. Entries are written in the transaction that makes the change."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from json import dumps
from typing import Any

from sqlalchemy import ARRAY, Text, Uuid, cast, func, insert, literal, null, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import TypeEngine

from models.rules.json.equality import same_json
from models.store.ids import fresh_id
from models.store.tables.governance import AuditEntry


@dataclass(frozen=True, slots=True)
class AuditChange:
    """A change of one subject; `before` and `after` hold the fields that differ."""

    subject_id: uuid.UUID | None
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None


async def record(
    session: AsyncSession,
    *,
    actor: str,
    action: str,
    subject_type: str,
    subject_id: uuid.UUID | None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str | None = None,
) -> None:
    """Add one entry; `action` is `noun.verb`."""
    change = AuditChange(subject_id, before, after)
    await record_all(session, [change], actor=actor, action=action, subject_type=subject_type, reason=reason)


async def record_all(
    session: AsyncSession,
    changes: Sequence[AuditChange],
    *,
    actor: str,
    action: str,
    subject_type: str,
    reason: str | None = None,
) -> None:
    """Add an entry for each change; `automation_id` is set if the subjects are automations."""
    if not changes:
        return
    columns: Mapping[str, tuple[list[Any], TypeEngine[Any]]] = {
        "id": ([fresh_id() for _ in changes], Uuid()),
        "subject_id": ([change.subject_id for change in changes], Uuid()),
        "before": ([_text(change.before) for change in changes], Text()),
        "after": ([_text(change.after) for change in changes], Text()),
    }
    # Arrays instead of a VALUES list: thousands of entries are one statement with a few parameters.
    given = (
        func.unnest(*(literal(values, ARRAY(kind)) for values, kind in columns.values()))
        .table_valued(*columns)
        .render_derived()
    )
    same = {"actor": actor, "action": action, "subject_type": subject_type, "reason": reason or None}
    chosen = {
        "id": given.c.id,
        "subject_id": given.c.subject_id,
        "automation_id": given.c.subject_id if subject_type == "automation" else null(),
        "before": cast(given.c.before, JSONB),
        "after": cast(given.c.after, JSONB),
        **{name: literal(value, Text()) for name, value in same.items()},
    }
    await session.execute(insert(AuditEntry).from_select([*chosen], select(*chosen.values())))


def _text(value: dict[str, Any] | None) -> str | None:
    return None if value is None else dumps(value)


def differences(before: dict[str, Any], after: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the fields of two JSON objects that differ, as before and after."""
    changed = [key for key in {**before, **after} if not same_json(before.get(key), after.get(key))]
    return {key: before.get(key) for key in changed}, {key: after.get(key) for key in changed}
