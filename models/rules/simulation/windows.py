"""Debounce and batch in a simulation: windows in which deliveries are folded into one run, as in
`models/store/admission/windows.py`. Sizes in bytes, which also end a window there, are not known here.
"""

from dataclasses import dataclass

from models.contracts.automations.flow_control import Batch, Debounce, DebounceKeep
from models.rules.simulation.runs import SimulatedRun, Stage
from models.rules.simulation.world import SECOND


@dataclass(slots=True)
class Window:
    """A window. It counts only while its run waits."""

    run: SimulatedRun
    since: int
    deliveries: int = 1


@dataclass(frozen=True, slots=True)
class Folded:
    """Where an arrival goes: into the run `into`, or in the place of the waiting run `replaces`, or neither."""

    into: SimulatedRun | None = None
    replaces: SimulatedRun | None = None


def add_to_batch(windows: dict[str, Window], batch: Batch, run: SimulatedRun, now: int) -> Folded:
    """Fold a run into the open batch of its key, or let it begin one."""
    key = run.keys.fold
    window = _open(windows, key)
    if window is None:
        run.not_before = now + batch.timeout_seconds * SECOND if batch.max_size > 1 else now
        windows[key] = Window(run, now)
        return Folded()
    window.deliveries += 1
    if window.deliveries >= batch.max_size:
        window.run.not_before = now
        del windows[key]
    return Folded(into=window.run)


def debounce(windows: dict[str, Window], asked: Debounce, run: SimulatedRun, now: int) -> Folded:
    """Begin or prolong the debounce window of a key."""
    key = run.keys.fold
    window = _open(windows, key)
    since = window.since if window else now
    ends = now + asked.period_seconds * SECOND
    if asked.max_seconds is not None:
        ends = min(ends, since + asked.max_seconds * SECOND)
    if window and asked.keep is DebounceKeep.ALL:
        window.deliveries += 1
        window.run.not_before = ends
        return Folded(into=window.run)
    run.not_before = ends
    windows[key] = Window(run, since)
    return Folded(replaces=window.run if window else None)


def _open(windows: dict[str, Window], key: str) -> Window | None:
    window = windows.get(key)
    return window if window is not None and window.run.stage is Stage.WAITING else None
