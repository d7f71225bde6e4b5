"""Reads the audit log: filters, pages, and the names of what each entry is about."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, null, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.base import Page
from models.contracts.governance.audit import AuditSubject, AuditView
from models.store.ids import among
from models.store.paging import PageRequest, fetch_page
from models.store.tables.automations import Automation
from models.store.tables.governance import ApiKey, AuditEntry
from models.store.tables.primitives import Primitive
from models.store.tables.runs import Run


@dataclass(frozen=True, slots=True)
class AuditFilters:
    """Which entries are listed; alternatives of one field, and all fields together."""

    subject_id: uuid.UUID | None = None
    subject_types: Sequence[str] = ()
    actors: Sequence[str] = ()
    actions: Sequence[str] = ()
    since: datetime | None = None
    until: datetime | None = None
    text: str = ""


async def page(session: AsyncSession, request: PageRequest, filters: AuditFilters | None = None) -> Page[AuditView]:
    """List entries, newest first, with their subjects' names."""
    query = select(AuditEntry).where(*_conditions(filters or AuditFilters()))
    rows, cursor = await fetch_page(session, query, request, AuditEntry.at, AuditEntry.id)
    subjects = await _subjects(session, rows)
    return Page(items=tuple(_view(row, subjects) for row in rows), next_cursor=cursor)


def _conditions(filters: AuditFilters) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if filters.subject_id is not None:
        found.append(AuditEntry.subject_id == filters.subject_id)
    if filters.subject_types:
        found.append(AuditEntry.subject_type.in_(filters.subject_types))
    if filters.actors:
        found.append(AuditEntry.actor.in_(filters.actors))
    if filters.actions:
        found.append(or_(*(_is_action(action) for action in filters.actions)))
    if filters.since is not None:
        found.append(AuditEntry.at >= filters.since)
    if filters.until is not None:
        found.append(AuditEntry.at < filters.until)
    if filters.text:
        found.append(_contains(filters.text))
    return found


def _is_action(action: str) -> ColumnElement[bool]:
    if action.endswith("*"):
        return AuditEntry.action.startswith(action[:-1], autoescape=True)
    return AuditEntry.action == action


def _contains(text: str) -> ColumnElement[bool]:
    own = (AuditEntry.reason, AuditEntry.actor, AuditEntry.action)
    named = [
        select(table.id).where(or_(*(column.icontains(text, autoescape=True) for column in (table.name, table.slug))))
        for table in (Automation, Primitive)
    ]
    return or_(
        *(column.icontains(text, autoescape=True) for column in own),
        *(AuditEntry.subject_id.in_(ids) for ids in named),
    )


async def _subjects(session: AsyncSession, rows: Sequence[AuditEntry]) -> Mapping[uuid.UUID, AuditSubject]:
    """Return the subjects that still exist, by id; one query for each table that a page names."""
    by_type: dict[str, set[uuid.UUID]] = {}
    for row in rows:
        if row.subject_id is not None:
            by_type.setdefault(row.subject_type, set()).add(row.subject_id)
    found: dict[uuid.UUID, AuditSubject] = {}
    for kind, ids in by_type.items():
        query = _named(kind, ids)
        if query is None:
            continue
        for key, primitive_kind, slug, name in await session.execute(query):
            found[key] = AuditSubject(type=kind, id=key, kind=primitive_kind, slug=slug, name=name)
    return found


def _named(subject_type: str, ids: set[uuid.UUID]) -> Select[*tuple[Any, ...]] | None:
    match subject_type:
        case "automation":
            return select(Automation.id, Automation.kind, Automation.slug, Automation.name).where(
                among(Automation.id, ids)
            )
        case "primitive":
            return select(Primitive.id, Primitive.kind, Primitive.slug, Primitive.name).where(among(Primitive.id, ids))
        case "run":
            return (
                select(Run.id, Run.kind, Primitive.slug, Primitive.name)
                .join(Primitive, Primitive.id == Run.primitive_id)
                .where(among(Run.id, ids))
            )
        case "key":
            return select(ApiKey.id, null(), null(), ApiKey.name).where(among(ApiKey.id, ids))
        case _:
            return None


def _view(row: AuditEntry, subjects: Mapping[uuid.UUID, AuditSubject]) -> AuditView:
    subject = subjects.get(row.subject_id) if row.subject_id else None
    return AuditView(
        id=row.id,
        at=row.at,
        actor=row.actor,
        action=row.action,
        subject_type=row.subject_type,
        subject_id=row.subject_id,
        subject=subject or _remembered(row),
        automation_id=row.automation_id,
        before=row.before,
        after=row.after,
        reason=row.reason,
    )


def _remembered(row: AuditEntry) -> AuditSubject:
    """Return a subject that is gone, or has no table of its own, by what the entry tells."""
    fields = {**(row.before or {}), **(row.after or {})}
    slug, name = (value if isinstance(value, str) else None for value in (fields.get("slug"), fields.get("name")))
    return AuditSubject(type=row.subject_type, id=row.subject_id, kind=None, slug=slug, name=name)
