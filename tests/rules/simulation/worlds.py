"""Small worlds to simulate: instants in seconds from 0."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from models.contracts.automations.flow_control import FlowControl
from models.rules.admission.keys import AdmissionKeys
from models.rules.simulation.engine import simulate
from models.rules.simulation.tally import Outcome, Tally
from models.rules.simulation.world import SECOND, Arrivals, KeySource, SimulatedAutomation, World

DAY = 86_400


def flow(**parts: Any) -> FlowControl:
    return FlowControl.model_validate(parts)


def one(lasts: float = 1, control: FlowControl | None = None, **fields: Any) -> SimulatedAutomation:
    """Return an automation whose runs all last as long."""
    return SimulatedAutomation(control=control, durations=(round(lasts * SECOND),), **fields)


def keyed(*keys: AdmissionKeys) -> KeySource:
    """Return a source of exactly these keys, one after the other."""
    return KeySource(keys, varies=True)


def arriving(*times: Iterable[float]) -> Arrivals:
    """Return arrivals at these seconds, one list for each automation."""
    pairs = sorted((round(at * SECOND), number) for number, listed in enumerate(times) for at in listed)
    at = np.array([at for at, _ in pairs], dtype=np.int64)
    whose = np.array([number for _, number in pairs], dtype=np.int64)
    return Arrivals(at, whose, np.arange(at.size, dtype=np.uint64) << np.uint64(40))


def world(*automations: SimulatedAutomation, end: float = DAY, **fields: Any) -> World:
    return World(0, round(end * SECOND), automations, **fields)


def run(automation: SimulatedAutomation, times: Sequence[float], end: float = DAY, **fields: Any) -> Outcome:
    """Simulate one automation with its log."""
    return simulate(world(automation, end=end, **fields), arriving(times), logs=True)


def waits(tally: Tally) -> list[float]:
    """Return the waits in seconds, in the order of the starts."""
    return [wait / SECOND for wait in tally.waits]


def starts(outcome: Outcome) -> list[float]:
    return [at / SECOND for at, _, what in outcome.log if what == "starts"]


def is_whole(tally: Tally) -> bool:
    """Whether everything that arrived or waited is accounted for."""
    came = tally.arrivals + tally.waiting_at_start + tally.calls_at_start
    went = tally.started + tally.missed + tally.skipped.total() + tally.cancelled_unstarted
    return came == went + tally.held + tally.buffered + tally.waiting_calls
