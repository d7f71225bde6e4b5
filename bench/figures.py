"""Measures and prints figures: the median of several rounds, next to what it is compared with."""

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured line; `aim_ms` is the target."""

    name: str
    milliseconds: float
    aim_ms: float | None = None
    note: str = ""


def measured(name: str, work: Callable[[], object], *, rounds: int = 7, aim_ms: float | None = None) -> Figure:
    """Measure work after one warm-up call: the median of `rounds`."""
    work()
    taken = []
    for _ in range(rounds):
        begun = time.perf_counter()
        work()
        taken.append((time.perf_counter() - begun) * 1000)
    return Figure(name, median(taken), aim_ms, f"best {min(taken):.1f}")


def show(title: str, figures: Sequence[Figure]) -> None:
    """Print figures as a table."""
    width = max(len(figure.name) for figure in figures)
    sys.stdout.write(f"\n{title}\n")
    for one in figures:
        aim = f"aim {one.aim_ms:,.0f}" if one.aim_ms is not None else ""
        sys.stdout.write(f"  {one.name:{width}}  {one.milliseconds:>14,.1f} ms  {aim:>9}  {one.note}\n")
