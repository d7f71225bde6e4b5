"""Applies one declared automation."""

from collections.abc import Set
from typing import Any

from api.declaring.comparing import differences, same_secrets_masked
from api.declaring.work import Applying
from api.saving import automations as saving
from api.saving import switching
from models.contracts.automations import AutomationDraft, AutomationPatch
from models.contracts.declarations import PlanAction, PlanItem
from models.contracts.secrets import redacted
from models.errors import Invalid
from models.store.automations import declarations as declared
from models.store.automations.mapping import declared as stored_draft
from runtime.secrets import AUTOMATION_SECRETS


async def save(work: Applying, draft: AutomationDraft) -> PlanItem:
    """Create or update an automation; `isActive` and `previousSecret` are kept if the file omits them.

    So applying a file again does not resume what an operator or a health policy has paused, and a new secret does not
    reject senders that still use the old one.
    """
    omitted = _omitted(draft)
    draft = _normal(draft).model_copy(update={"managed_by": work.source})
    row = await declared.live_automation(work.session, draft.slug)
    if row is None:
        await saving.create(work.session, work.state, draft, work.actor, work.after)
        return PlanItem(action=PlanAction.CREATE, type="automation", key=draft.slug)
    if row.source is not draft.source:
        raise Invalid(
            f"{draft.slug} exists with source {row.source.value}, and a source cannot be changed",
            field="source",
            hint="Use another slug for the new one.",
        )
    stored = stored_draft(row)
    masked = same_secrets_masked(draft, stored, work.state.keyring, AUTOMATION_SECRETS)
    wire = _patchable(masked, omitted)
    changes = differences(_patchable(redacted(stored), omitted), wire, _patchable(redacted(masked), omitted))
    if not changes:
        return PlanItem(action=PlanAction.UNCHANGED, type="automation", key=draft.slug)
    await saving.change(work.session, work.state, row, AutomationPatch.model_validate(wire), work.actor, work.after)
    return PlanItem(action=PlanAction.UPDATE, type="automation", key=draft.slug, changes=changes)


async def prune(work: Applying, named: Set[str]) -> list[PlanItem]:
    """Archive the automations that the file created and no longer declares."""
    items = []
    for row in await declared.managed_automations(work.session, work.source):
        if row.slug not in named:
            await switching.archive(work.session, [row], work.actor, f"left {work.source}", work.after)
            items.append(PlanItem(action=PlanAction.ARCHIVE, type="automation", key=row.slug))
    return items


def _normal(draft: AutomationDraft) -> AutomationDraft:
    """Strip the cron as it is stored, so that trailing whitespace is not a change."""
    if draft.schedule is None:
        return draft
    schedule = draft.schedule.model_copy(update={"cron_expr": draft.schedule.cron_expr.strip()})
    return draft.model_copy(update={"schedule": schedule})


def _omitted(draft: AutomationDraft) -> frozenset[str]:
    """The optional fields that the file omits and that therefore keep their value."""
    config = draft.webhook or draft.slack
    previous = config is not None and "previous_secret" not in config.model_fields_set
    active = "is_active" not in draft.model_fields_set
    return frozenset([*(["previousSecret"] if previous else []), *(["isActive"] if active else [])])


def _patchable(draft: AutomationDraft, omitted: Set[str]) -> dict[str, Any]:
    wire = {key: value for key, value in draft.wire().items() if key not in {"slug", "source", *omitted}}
    for name in ("webhook", "slack"):
        if wire.get(name):
            wire[name] = {key: value for key, value in wire[name].items() if key not in omitted}
    return wire
