"""Maps automations between rows and contracts. Secrets are sealed in the row and redacted in responses."""

from datetime import datetime

from models.contracts.automations.drafts import (
    AutomationDraft,
    EventConfig,
    ScheduleConfig,
    SlackConfig,
    Verification,
    WebhookConfig,
)
from models.contracts.automations.flow_control import FlowControl
from models.contracts.automations.health_policies import DEFAULT_MAX_PROBE_MINUTES, HealthPolicyConfig
from models.contracts.automations.live import AutomationDetail
from models.contracts.primitives.views import PrimitiveRef
from models.contracts.secrets import redacted
from models.rules.json.storable import shown
from models.states import Source
from models.store.automations.related import Related
from models.store.automations.views import probe_config, view
from models.store.tables.automations import Automation
from models.store.tables.primitives import Primitive


def declared(row: Automation) -> AutomationDraft:
    """Return the draft that was saved, secrets still sealed; not validated again."""
    return AutomationDraft.model_construct(
        slug=row.slug,
        name=row.name,
        description=row.description,
        primitive=PrimitiveRef(kind=row.primitive.kind, slug=row.primitive.slug),
        source=row.source,
        schedule=_schedule(row),
        webhook=_webhook(row),
        event=EventConfig(name=row.event_name, filter=row.filter) if row.event_name else None,
        slack=_slack(row),
        payload=row.payload,
        health_policy=HealthPolicyConfig(
            enabled=row.health_enabled,
            threshold=row.health_threshold,
            window=row.health_window,
            min_runs=row.health_min_runs,
            action=row.health_action,
            recover_threshold=row.health_recover_threshold,
            probe=probe_config(row),
        ),
        flow_control=FlowControl.model_validate(row.flow_control) if row.flow_control else None,
        budget_usd_month=row.budget_usd_month,
        spread_minutes=row.slack_minutes,
        is_active=row.is_active,
        managed_by=row.managed_by,
    )


def write(row: Automation, draft: AutomationDraft, primitive: Primitive) -> None:
    """Copy a draft with sealed secrets to its row, all but `is_active`."""
    row.slug, row.name, row.description = draft.slug, draft.name, draft.description
    row.primitive_id, row.kind, row.source = primitive.id, primitive.kind, draft.source
    row.primitive = primitive
    row.payload, row.budget_usd_month, row.managed_by = draft.payload, draft.budget_usd_month, draft.managed_by
    row.flow_control = draft.flow_control.wire() if draft.flow_control else None
    row.health_enabled, row.health_threshold = draft.health_policy.enabled, draft.health_policy.threshold
    row.health_window, row.health_min_runs = draft.health_policy.window, draft.health_policy.min_runs
    row.health_action = draft.health_policy.action
    row.slack_minutes = draft.spread_minutes
    row.health_recover_threshold = draft.health_policy.recover_threshold
    probe = draft.health_policy.probe
    row.health_probe_minutes = probe.after_minutes if probe else None
    row.health_probe_max_minutes = probe.max_minutes if probe else DEFAULT_MAX_PROBE_MINUTES
    row.health_probe_successes = probe.successes if probe else 1
    if draft.schedule:
        when = draft.schedule.cron_expr.strip(), draft.schedule.timezone
        if when != (row.cron_expr, row.timezone):
            # What a person writes is what is wanted from now on.
            row.spread_from = None
        row.cron_expr, row.timezone = when
        row.overlap, row.catchup_seconds = draft.schedule.overlap, draft.schedule.catchup_seconds
        row.jitter_seconds, row.catchup = draft.schedule.jitter_seconds, draft.schedule.catchup
    if draft.webhook:
        row.webhook_path, row.verification = draft.webhook.path, draft.webhook.verification
        row.secret_header, row.filter = draft.webhook.header, draft.webhook.filter
        row.secrets = [draft.webhook.secret, draft.webhook.previous_secret]
        row.fires_on_pings, row.fires_on_bots = draft.webhook.pings, draft.webhook.bots
    if draft.event:
        row.event_name, row.filter = draft.event.name, draft.event.filter
    if draft.slack:
        row.slack = draft.slack.model_dump(include={"events", "command", "channel", "bots"}, mode="json")
        row.filter = draft.slack.filter
        row.secrets = [draft.slack.secret, draft.slack.previous_secret]


def detail(row: Automation, related: Related, now: datetime) -> AutomationDetail:
    """Return an automation's view and its draft, secrets redacted."""
    draft, seen = redacted(declared(row)), view(row, related, now)
    return AutomationDetail.model_construct(
        **{name: getattr(seen, name) for name in type(seen).model_fields},
        source=draft.source,
        primitive=draft.primitive,
        schedule=draft.schedule,
        webhook=draft.webhook,
        event=draft.event,
        slack=draft.slack,
        payload=shown(draft.payload),
        flow_control=draft.flow_control,
        budget_usd_month=draft.budget_usd_month,
        spread_minutes=draft.spread_minutes,
        dependencies=related.dependencies.own.get(row.id, ()),
        accounted_until=row.accounted_until,
        accounting_retry_at=row.account_next_at if row.accounting_error else None,
    )


def _schedule(row: Automation) -> ScheduleConfig | None:
    if row.source is not Source.SCHEDULE or row.cron_expr is None:
        return None
    return ScheduleConfig(
        cron_expr=row.cron_expr,
        timezone=row.timezone,
        overlap=row.overlap,
        catchup_seconds=row.catchup_seconds,
        catchup=row.catchup,
        jitter_seconds=row.jitter_seconds,
    )


def _webhook(row: Automation) -> WebhookConfig | None:
    if row.source is not Source.WEBHOOK or row.webhook_path is None:
        return None
    secret, previous = (*row.secrets, None, None)[:2]
    return WebhookConfig.model_construct(
        path=row.webhook_path,
        verification=row.verification or Verification.STANDARD,
        secret=secret,
        previous_secret=previous,
        header=row.secret_header or "X-Podium-Secret",
        pings=row.fires_on_pings,
        bots=row.fires_on_bots,
        filter=row.filter,
    )


def _slack(row: Automation) -> SlackConfig | None:
    if row.source is not Source.SLACK or row.slack is None:
        return None
    secret, previous = (*row.secrets, None, None)[:2]
    return SlackConfig.model_construct(
        events=tuple(row.slack.get("events", ())),
        command=row.slack.get("command"),
        channel=row.slack.get("channel"),
        bots=row.slack.get("bots", False),
        secret=secret,
        previous_secret=previous,
        filter=row.filter,
    )
