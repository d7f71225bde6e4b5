"""Rosters of made-up automations, each told in a few words."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from models.contracts.automations import Overlap
from models.kinds import Kind
from models.rules.projection.plan import Row
from models.rules.projection.portfolio import Experience, Listed, Roster
from models.states import Source


@dataclass(frozen=True)
class Standing:
    """One automation and what its runs told."""

    row: Row | None
    active: bool = True
    overlap: Overlap = Overlap.SKIP
    kind: Kind = Kind.AGENT
    mean_usd: Decimal | None = None
    trailing: int = 0
    run_ms: int = 0
    weight: float = 1.0
    busy_until_ms: int = 0
    name: str = "it"


def roster_of(standings: Sequence[Standing]) -> Roster:
    return Roster(
        tuple(
            Listed(
                id=uuid.UUID(int=number),
                slug=one.name,
                name=one.name,
                kind=one.kind,
                source=Source.SCHEDULE if one.row else Source.WEBHOOK,
                primitive_id=uuid.UUID(int=number),
                primitive_slug=one.name,
                row=one.row,
                overlap=one.overlap,
                active=one.active,
                members=0,
            )
            for number, one in enumerate(standings)
        )
    )


def known_of(standings: Sequence[Standing]) -> Experience:
    return Experience(
        run_ms=np.array([one.run_ms for one in standings], dtype=np.int64),
        weights=np.array([one.weight for one in standings], dtype=np.float64),
        busy_until_ms=np.array([one.busy_until_ms for one in standings], dtype=np.int64),
        mean_usd=[one.mean_usd for one in standings],
        samples=[int(one.mean_usd is not None) for one in standings],
    )
