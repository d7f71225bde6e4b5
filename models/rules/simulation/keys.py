"""The keys of simulated runs: those of measured runs, repeated in their order, so that bursts of a key stay bursts."""

from collections import Counter
from collections.abc import Sequence

from models.rules.admission.keys import AdmissionKeys
from models.rules.simulation.world import KeySource

_SHARED = ("concurrency", "throttle", "rate_limit", "fold")
"""Parts whose values come back: a customer's key does, the id of an order does not."""


def key_source(sample: Sequence[AdmissionKeys]) -> KeySource:
    """Return a source of keys from those of measured runs, oldest first."""
    if not sample:
        return KeySource()
    seen = Counter((part, getattr(one, part)) for one in sample for part in _SHARED)
    recurring = frozenset(pair for pair, times in seen.items() if times > 1)
    return KeySource(tuple(sample), recurring, varies=True)


def constant_keys(keys: AdmissionKeys) -> KeySource:
    """Return the source of a schedule, whose runs all have the same input."""
    return KeySource((keys,))


def given_keys(count: int) -> KeySource:
    """Return the source of runs that have so many different keys, all equally often and in turn."""
    names = [str(number) for number in range(1, count + 1)]
    sample = tuple(
        AdmissionKeys(concurrency=name, throttle=name, rate_limit=name, fold=name, idempotency=name) for name in names
    )
    return KeySource(sample, frozenset((part, name) for part in _SHARED for name in names), varies=True)


def keys_at(source: KeySource, index: int) -> AdmissionKeys:
    """Return the keys of an automation's run, counted from 0."""
    if not source.varies:
        return source.sample[0]
    repetition, place = divmod(index, len(source.sample))
    one = source.sample[place]
    if repetition == 0:
        return one
    fresh = {part: _fresh(source, part, getattr(one, part), repetition) for part in (*_SHARED, "idempotency")}
    return AdmissionKeys(**fresh, priority_seconds=one.priority_seconds, error=one.error, failed=one.failed)


def _fresh(source: KeySource, part: str, value: str, repetition: int) -> str:
    return value if value == "" or (part, value) in source.recurring else f"{value}#{repetition}"
