"""Automations: schedules and triggers of every kind, in one table."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, DateTime, ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.contracts.automations.drafts import Overlap, Verification
from models.contracts.automations.health_policies import HealthAction
from models.kinds import Kind
from models.states import Catchup, Source
from models.store.tables.base import Base, Id, Json, enum_column
from models.store.tables.primitives import Primitive


class Automation(Base):
    """A schedule or trigger of one primitive; `synced_revision` is the revision that Temporal has."""

    __tablename__ = "automations"
    __table_args__ = (
        Index("uq_automations_slug", "slug", unique=True, postgresql_where=text("archived_at IS NULL")),
        Index(
            "uq_automations_webhook_path",
            "webhook_path",
            unique=True,
            postgresql_where=text("webhook_path IS NOT NULL AND archived_at IS NULL"),
        ),
        Index("ix_automations_paused_until", "paused_until", postgresql_where=text("paused_until IS NOT NULL")),
        Index("ix_automations_admit_at", "admit_at", postgresql_where=text("admit_at IS NOT NULL")),
        Index("ix_automations_catchup_to", "catchup_to", postgresql_where=text("catchup_to IS NOT NULL")),
        Index(
            "ix_automations_health_probe_at", "health_probe_at", postgresql_where=text("health_probe_at IS NOT NULL")
        ),
        Index("ix_automations_event_name", "event_name", postgresql_where=text("event_name IS NOT NULL")),
        Index(
            "ix_automations_unsynced", "id", postgresql_where=text("source = 'schedule' AND synced_revision < revision")
        ),
    )

    id: Mapped[Id]
    slug: Mapped[str]
    name: Mapped[str]
    description: Mapped[str] = mapped_column(server_default="")
    primitive_id: Mapped[UUID] = mapped_column(ForeignKey("primitives.id"), index=True)
    kind: Mapped[Kind] = mapped_column(enum_column(Kind))
    source: Mapped[Source] = mapped_column(enum_column(Source))

    cron_expr: Mapped[str | None]
    timezone: Mapped[str] = mapped_column(server_default="UTC")
    overlap: Mapped[Overlap] = mapped_column(enum_column(Overlap), server_default=Overlap.SKIP.value)
    catchup_seconds: Mapped[int] = mapped_column(server_default="60")
    catchup: Mapped[Catchup] = mapped_column(enum_column(Catchup), server_default=Catchup.NONE.value)
    catchup_from: Mapped[datetime | None]
    catchup_to: Mapped[datetime | None]
    """The due times between them were missed in an outage or a pause, and are to be caught up with."""
    catchup_as: Mapped[str | None]
    """How (`Catchup`), if whoever resumed it has said so; NULL: as `catchup` says."""
    jitter_seconds: Mapped[int] = mapped_column(server_default="0")
    slack_minutes: Mapped[int] = mapped_column(server_default="0")
    """By how much spreading may move it, either way."""
    spread_from: Mapped[str | None]
    """The cron that people wanted; NULL unless spreading has moved the schedule since a person last wrote its cron."""

    webhook_path: Mapped[str | None]
    verification: Mapped[Verification | None] = mapped_column(enum_column(Verification))
    secret_header: Mapped[str | None]
    fires_on_pings: Mapped[bool] = mapped_column(server_default=text("false"))
    fires_on_bots: Mapped[bool] = mapped_column(server_default=text("false"))
    secrets: Mapped[list[Any]] = mapped_column(Json, server_default=text("'[]'::jsonb"))
    event_name: Mapped[str | None]
    slack: Mapped[dict[str, Any] | None] = mapped_column(Json)
    filter: Mapped[str | None]

    payload: Mapped[Any | None] = mapped_column(Json)
    flow_control: Mapped[dict[str, Any] | None] = mapped_column(Json)
    """A `FlowControl`; NULL: its runs start at once."""
    schedule_keys: Mapped[dict[str, Any] | None] = mapped_column(Json)
    """Of a schedule: the values of flow control's expressions for its payload (`AdmissionKeys`)."""
    admit_at: Mapped[datetime | None]
    """When a waiting run may be admitted, or expires, though nothing arrives and nothing closes."""
    budget_usd_month: Mapped[Decimal | None]

    fires_dependents: Mapped[bool] = mapped_column(server_default="false")
    """Whether a dependency of another automation fires when a run of this one ends."""
    is_active: Mapped[bool] = mapped_column(server_default="true")
    paused_reason: Mapped[str | None]
    paused_by: Mapped[str | None]
    paused_at: Mapped[datetime | None]
    paused_until: Mapped[datetime | None]
    """When a snooze ends; None: paused until somebody resumes it."""
    archived_at: Mapped[datetime | None]
    managed_by: Mapped[str | None]

    health_enabled: Mapped[bool] = mapped_column(server_default="false")
    health_threshold: Mapped[int] = mapped_column(server_default="60")
    health_window: Mapped[int] = mapped_column(server_default="50")
    health_min_runs: Mapped[int] = mapped_column(server_default="10")
    health_action: Mapped[HealthAction] = mapped_column(
        enum_column(HealthAction), server_default=HealthAction.DISABLE.value
    )
    health_recover_threshold: Mapped[int | None]
    health_triggered_at: Mapped[datetime | None]
    health_probe_minutes: Mapped[int | None]
    """Delay before the first probe of an automation that the policy has disabled; NULL: somebody has to resume it."""
    health_probe_max_minutes: Mapped[int] = mapped_column(server_default="1440")
    health_probe_successes: Mapped[int] = mapped_column(server_default="1")
    health_trips: Mapped[int] = mapped_column(server_default="0")
    """How often the policy has disabled it or a probe has failed, less the healthy windows since."""
    health_tripped_at: Mapped[list[datetime]] = mapped_column(
        ARRAY(DateTime(timezone=True)), server_default=text("'{}'")
    )
    """When the policy has last begun to act, the newest last."""
    health_probe_at: Mapped[datetime | None]
    """When its next probe may start; NULL: it is not to be probed."""
    health_probe_run_id: Mapped[UUID | None]
    """The probe that is under way."""
    health_probes_passed: Mapped[int] = mapped_column(server_default="0")
    """How many probes in a row have passed."""
    slowdown: Mapped[int | None]
    slowdown_anchor: Mapped[datetime | None]

    revision: Mapped[int] = mapped_column(server_default="1")
    synced_revision: Mapped[int] = mapped_column(server_default="0")
    synced_note: Mapped[str | None]
    """The note of the Temporal schedule when it is in sync: revision and spec hash."""
    synced_at: Mapped[datetime | None]
    synced_from: Mapped[datetime | None]
    """Start of the window for which the Temporal schedule's calendars were compiled; recompiling from it is stable."""
    synced_until: Mapped[datetime | None]
    """End of that window."""
    sync_error: Mapped[str | None]
    accounted_until: Mapped[datetime | None]
    """Every due time up to here is accounted for. An edit or a pause leaves what is open in `accounting_spans`."""
    accounting_error: Mapped[str | None]
    """Why the sweep could not account for the due times of this schedule; NULL when it last could."""
    accounting_failures: Mapped[int] = mapped_column(server_default="0")
    account_next_at: Mapped[datetime | None]
    """After a failure: when it is tried again."""

    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())

    primitive: Mapped[Primitive] = relationship(lazy="raise")

    @property
    def is_controlled(self) -> bool:
        """Whether its runs have to be admitted: it has flow control, or a budget."""
        return self.flow_control is not None or self.budget_usd_month is not None
