"""Brings one declared automation into the database."""

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
    """Create or update an automation; `isActive` and `previousSecret` are left alone where the file does not say them.

    So a file that is applied again does not resume what an operator or a health policy has paused, and one that
    brings a new secret does not turn away those who still use the old one.
    """
    left_out = _unsaid(draft)
    draft = _normal(draft).model_copy(update={"managed_by": work.source})
    row = await declared.live_automation(work.session, draft.slug)
    if row is None:
        await saving.create(work.session, work.state, draft, work.actor, work.after)
        return PlanItem(action=PlanAction.CREATE, type="automation", key=draft.slug)
    if row.source is not draft.source:
        raise Invalid(
            f"{draft.slug} is there with source {row.source.value}, and an automation keeps its source",
            field="source",
            hint="Give the new one another slug.",
        )
    stored = stored_draft(row)
    masked = same_secrets_masked(draft, stored, work.state.keyring, AUTOMATION_SECRETS)
    wire = _patchable(masked, left_out)
    changes = differences(_patchable(redacted(stored), left_out), wire, _patchable(redacted(masked), left_out))
    if not changes:
        return PlanItem(action=PlanAction.UNCHANGED, type="automation", key=draft.slug)
    await saving.change(work.session, work.state, row, AutomationPatch.model_validate(wire), work.actor, work.after)
    return PlanItem(action=PlanAction.UPDATE, type="automation", key=draft.slug, changes=changes)


async def prune(work: Applying, named: Set[str]) -> list[PlanItem]:
    """Archive the automations that the file made and no longer names."""
    items = []
    for row in await declared.managed_automations(work.session, work.source):
        if row.slug not in named:
            await switching.archive(work.session, [row], work.actor, f"left {work.source}", work.after)
            items.append(PlanItem(action=PlanAction.ARCHIVE, type="automation", key=row.slug))
    return items


def _normal(draft: AutomationDraft) -> AutomationDraft:
    """Write a cron as it is stored, so that a blank at its end is no change."""
    if draft.schedule is None:
        return draft
    schedule = draft.schedule.model_copy(update={"cron_expr": draft.schedule.cron_expr.strip()})
    return draft.model_copy(update={"schedule": schedule})


def _unsaid(draft: AutomationDraft) -> frozenset[str]:
    """Name what the file does not say and what therefore stays as it is."""
    config = draft.webhook or draft.slack
    previous = config is not None and "previous_secret" not in config.model_fields_set
    active = "is_active" not in draft.model_fields_set
    return frozenset([*(["previousSecret"] if previous else []), *(["isActive"] if active else [])])


def _patchable(draft: AutomationDraft, left_out: Set[str]) -> dict[str, Any]:
    wire = {key: value for key, value in draft.wire().items() if key not in {"slug", "source", *left_out}}
    for name in ("webhook", "slack"):
        if wire.get(name):
            wire[name] = {key: value for key, value in wire[name].items() if key not in left_out}
    return wire
