from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from models.contracts.governance.audit import AuditView
from models.store.governance import audit, audit_log
from models.store.governance.audit import AuditChange
from models.store.governance.audit_log import AuditFilters
from models.store.ids import fresh_id
from models.store.paging import PageRequest
from models.store.tables.governance import AuditEntry
from runtime.database import Sessions, transaction


async def listed(sessions: Sessions, subject_id: UUID | None = None) -> list[AuditView]:
    found: list[AuditView] = []
    cursor = None
    while True:
        async with transaction(sessions) as session:
            page = await audit_log.page(session, PageRequest(2, cursor), AuditFilters(subject_id=subject_id))
        found += page.items
        if (cursor := page.next_cursor) is None:
            return found


async def record(sessions: Sessions, action: str, subject_id: UUID | None, **fields: Any) -> None:
    async with transaction(sessions) as session:
        given = {"actor": "ann", "subject_type": "automation", **fields}
        await audit.record(session, action=action, subject_id=subject_id, **given)


async def test_an_entry_records_actor_action_subject_change_and_reason(sessions: Sessions) -> None:
    key = fresh_id()
    before, after = {"name": "Müller \u2028 'x'", "n": None}, {"name": "x", "n": [1, {"deep": True}]}
    await record(sessions, "automation.changed", key, before=before, after=after, reason='new "name"')
    (entry,) = await listed(sessions)
    assert (entry.actor, entry.action, entry.subject_type) == ("ann", "automation.changed", "automation")
    assert (entry.subject_id, entry.automation_id) == (key, key)
    assert (entry.before, entry.after, entry.reason) == (before, after, 'new "name"')


async def test_only_automations_have_an_automation_id_and_missing_values_are_null(sessions: Sessions) -> None:
    key = fresh_id()
    await record(sessions, "primitive.changed", key, subject_type="primitive", reason="")
    await record(sessions, "session.ended", None, subject_type="session")
    ended, changed = await listed(sessions)
    assert (changed.subject_id, changed.automation_id) == (key, None)
    assert (changed.before, changed.after, changed.reason) == (None, None, None)
    assert (ended.subject_id, ended.automation_id) == (None, None)
    async with transaction(sessions) as session:
        query = select(AuditEntry.id).where(AuditEntry.before.is_(None), AuditEntry.after.is_(None))
        assert len((await session.scalars(query)).all()) == 2, "NULL, not JSON's null"


async def test_each_change_is_one_entry_and_no_change_is_none(sessions: Sessions) -> None:
    keys = [fresh_id() for _ in range(5)]
    changes = [AuditChange(key, {"isActive": True}, {"isActive": False, "n": n}) for n, key in enumerate(keys)]
    async with transaction(sessions) as session:
        given = {"actor": "ann", "action": "automation.paused", "subject_type": "automation"}
        await audit.record_all(session, changes, **given, reason="maintenance")
        await audit.record_all(session, [], **given)
    entries = await listed(sessions)
    assert {entry.subject_id: (entry.after or {})["n"] for entry in entries} == dict(zip(keys, range(5), strict=True))
    assert {(entry.action, entry.reason) for entry in entries} == {("automation.paused", "maintenance")}


async def test_entries_are_paged_newest_first_for_all_or_one_subject(sessions: Sessions) -> None:
    one, other = fresh_id(), fresh_id()
    for number in range(5):
        await record(sessions, f"a.{number}", one if number % 2 else other)
    assert [entry.action for entry in await listed(sessions)] == ["a.4", "a.3", "a.2", "a.1", "a.0"]
    assert [entry.action for entry in await listed(sessions, one)] == ["a.3", "a.1"]
    assert await listed(sessions, fresh_id()) == []


async def test_entries_of_one_instant_are_neither_lost_nor_repeated_between_pages(sessions: Sessions) -> None:
    for number in range(5):
        await record(sessions, f"a.{number}", fresh_id())
    async with transaction(sessions) as session:
        at = await session.scalar(select(AuditEntry.at).limit(1))
        assert at
        await session.execute(update(AuditEntry).values(at=at - timedelta(days=1)))
    assert sorted(entry.action for entry in await listed(sessions)) == [f"a.{number}" for number in range(5)]


async def test_an_entry_is_written_only_if_its_change_is_committed(sessions: Sessions) -> None:
    async with sessions() as session:
        given = {"actor": "ann", "action": "a.b", "subject_type": "key"}
        await audit.record_all(session, [AuditChange(None)], **given)
        await session.rollback()
    assert await listed(sessions) == []


def test_differences_keep_the_fields_that_changed_were_added_or_removed() -> None:
    before, after = {"same": 1, "changed": 1, "removed": 1}, {"same": 1, "changed": 2, "added": 3}
    assert audit.differences(before, after) == (
        {"changed": 1, "removed": 1, "added": None},
        {"changed": 2, "removed": None, "added": 3},
    )
    assert audit.differences(before, before) == ({}, {})
