"""How long to wait before an attempt is repeated."""

from models.contracts.primitives.runners import RetrySpec


def retry_delay(spec: RetrySpec, attempt: int) -> float:
    """Return the seconds between an attempt (counted from 1) and the next."""
    return min(spec.initial_seconds * spec.backoff ** (attempt - 1), longest_delay(spec))


def longest_delay(spec: RetrySpec) -> float:
    """Return the longest wait in seconds; specs saved before 2026-12 may have `maxSeconds` below `initialSeconds`."""
    return max(spec.max_seconds, spec.initial_seconds)
