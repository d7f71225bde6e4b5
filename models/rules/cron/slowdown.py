"""Slowing a schedule down: only every n-th due time after a stored anchor fires."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import floor

import numpy as np

from models.rules.cron.instants import Instants
from models.rules.cron.occurrences import as_datetimes


@dataclass(frozen=True, slots=True)
class Slowdown:
    """Of the due times after the anchor, only each `every`-th fires."""

    every: int
    anchor: datetime


def slowed(due: Sequence[datetime], anchor: datetime, every: int) -> list[datetime]:
    """Keep, of the due times after the anchor, each `every`-th; those up to the anchor all stay.

    `due` must hold every due time after the anchor: the count begins there.
    """
    instants = np.array([floor(moment.timestamp()) for moment in due], dtype=np.int64)
    return as_datetimes(keep_every(instants, Slowdown(every, anchor)))


def keep_every(instants: Instants, slowdown: Slowdown) -> Instants:
    """Do what `slowed` does, on seconds since 1970."""
    first = int(np.searchsorted(instants, floor(slowdown.anchor.timestamp()), side="right"))
    return np.concatenate([instants[:first], instants[first + slowdown.every - 1 :: slowdown.every]])
