"""Budgets, what their months have cost, and the costs by which runs are estimated."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, ForeignKey, Index, Integer, func, text
from sqlalchemy.orm import Mapped, mapped_column

from models.kinds import Kind
from models.states import BudgetAction, BudgetScope
from models.store.tables.base import MONEY_SUM, Base, Id, Json, enum_column


class Budget(Base):
    """What may be spent in a calendar month: on an automation, a primitive, a kind, or everything.

    Lock order: run, automation, budgets in the order of their ids, agent, stats, and `budget_months` last of all.
    """

    __tablename__ = "budgets"
    __table_args__ = (
        Index("uq_budgets_automation", "automation_id", unique=True),
        Index("uq_budgets_primitive", "primitive_id", unique=True),
        Index("uq_budgets_kind", "kind", unique=True),
        Index("uq_budgets_all", "scope", unique=True, postgresql_where=text("scope = 'all'")),
        Index("ix_budgets_look_at", "look_at", postgresql_where=text("look_at IS NOT NULL")),
        Index("ix_budgets_recount_at", "recount_at", postgresql_where=text("recount_at IS NOT NULL")),
        CheckConstraint(
            "(scope = 'automation') = (automation_id IS NOT NULL)"
            " AND (scope = 'primitive') = (primitive_id IS NOT NULL) AND (scope = 'kind') = (kind IS NOT NULL)",
            name="target",
        ),
    )

    id: Mapped[Id]
    scope: Mapped[BudgetScope] = mapped_column(enum_column(BudgetScope))
    automation_id: Mapped[UUID | None] = mapped_column(ForeignKey("automations.id"))
    primitive_id: Mapped[UUID | None] = mapped_column(ForeignKey("primitives.id"))
    kind: Mapped[Kind | None] = mapped_column(enum_column(Kind))
    limit_usd: Mapped[Decimal]
    timezone: Mapped[str] = mapped_column(server_default="UTC")
    """Where its months begin."""
    warn_at_percent: Mapped[list[int]] = mapped_column(ARRAY(Integer), server_default=text("'{80}'"))
    action: Mapped[BudgetAction] = mapped_column(
        enum_column(BudgetAction), default=BudgetAction.STOP, server_default=BudgetAction.STOP.value
    )
    estimate_usd: Mapped[Decimal | None]
    """What a run is reserved at while no cost is known. NULL: then one run at a time may start."""
    managed_by: Mapped[str | None]
    revision: Mapped[int] = mapped_column(server_default="1")
    look_at: Mapped[datetime | None]
    """When the runs that it holds are looked at although nothing closes: at the start of its next month."""
    recount_at: Mapped[datetime | None]
    """When its month is counted again from the statistics: after it was made, once what was under way has committed."""
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    created_by: Mapped[str | None]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class BudgetMonth(Base):
    """A month of a budget. Runs count in the month in which they started, when they close.

    Only closings lock it, as their last lock; openings read it.
    """

    __tablename__ = "budget_months"

    budget_id: Mapped[UUID] = mapped_column(ForeignKey("budgets.id", ondelete="CASCADE"), primary_key=True)
    starts_at: Mapped[datetime] = mapped_column(primary_key=True)
    ends_at: Mapped[datetime]
    spent_usd: Mapped[Decimal] = mapped_column(MONEY_SUM, server_default="0")
    unknown_runs: Mapped[int] = mapped_column(BigInteger, server_default="0")
    """Closed runs whose cost is not known, or not all of it."""
    told_percent: Mapped[int] = mapped_column(server_default="0")
    """The highest level that people were told of, in percent of the limit."""
    stopped_at: Mapped[datetime | None]
    """Since when it lets no run start any more."""
    refused_runs: Mapped[int] = mapped_column(BigInteger, server_default="0")
    """Runs that it has skipped."""


class PrimitiveCosts(Base):
    """The known costs of a primitive's newest runs, for estimates; kept while a budget counts its runs."""

    __tablename__ = "primitive_costs"

    primitive_id: Mapped[UUID] = mapped_column(ForeignKey("primitives.id", ondelete="CASCADE"), primary_key=True)
    recent_costs: Mapped[list[Any]] = mapped_column(Json, server_default=text("'[]'::jsonb"))
    """Oldest first, as decimal strings."""
