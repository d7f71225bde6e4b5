"""Portfolios of automations, each described by what matters to a test."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from models.contracts.automations.drafts import Overlap
from models.kinds import Kind
from models.rules.projection.portfolio import Portfolio, ProjectedAutomation, RunAverages
from models.rules.schedule import Schedule
from models.states import Source


@dataclass(frozen=True)
class One:
    """One automation and the averages of its runs; `trailing` is how often a trigger ran in 30 days."""

    schedule: Schedule | None
    active: bool = True
    overlap: Overlap = Overlap.SKIP
    kind: Kind = Kind.AGENT
    mean_usd: Decimal | None = None
    trailing: int = 0
    run_ms: int = 0
    weight: float = 1.0
    busy_until_ms: int = 0
    name: str = "it"


def portfolio_of(ones: Sequence[One]) -> Portfolio:
    return Portfolio(
        tuple(
            ProjectedAutomation(
                id=uuid.UUID(int=number),
                slug=one.name,
                name=one.name,
                kind=one.kind,
                source=Source.SCHEDULE if one.schedule else Source.WEBHOOK,
                primitive_id=uuid.UUID(int=number),
                primitive_slug=one.name,
                schedule=one.schedule,
                overlap=one.overlap,
                active=one.active,
                members=0,
            )
            for number, one in enumerate(ones)
        )
    )


def averages_of(ones: Sequence[One]) -> RunAverages:
    return RunAverages(
        run_ms=np.array([one.run_ms for one in ones], dtype=np.int64),
        weights=np.array([one.weight for one in ones], dtype=np.float64),
        busy_until_ms=np.array([one.busy_until_ms for one in ones], dtype=np.int64),
        mean_usd=[one.mean_usd for one in ones],
        samples=[int(one.mean_usd is not None) for one in ones],
    )


def trailing_of(ones: Sequence[One]) -> dict[uuid.UUID, int]:
    return {uuid.UUID(int=number): one.trailing for number, one in enumerate(ones)}
