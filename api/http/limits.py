"""Limits of what one address or API key may ask of a process."""

import time
from collections import Counter, OrderedDict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from models.errors import TooManyRequests

WRONG_KEYS = 30
PERIOD_SECONDS = 60.0
MOST_REMEMBERED = 10_000
"""Addresses and keys that are remembered; the least recent ones are forgotten."""


@dataclass(slots=True)
class WrongKeys:
    """Counts wrong credentials per address over the last minute.

    Keys that were right before are never refused: several people may share an address.
    """

    _failures: OrderedDict[str, deque[float]] = field(default_factory=OrderedDict)
    _right: OrderedDict[str, None] = field(default_factory=OrderedDict)

    def check(self, address: str, digest: str) -> None:
        """Raise `TooManyRequests` for an unproven key from an address that has sent too many wrong ones."""
        if digest in self._right:
            return
        failures = self._recent(address)
        if len(failures) >= WRONG_KEYS:
            wait = failures[0] + PERIOD_SECONDS - time.monotonic()
            raise TooManyRequests(
                f"this address has sent {WRONG_KEYS} wrong keys within a minute", retry_after_seconds=wait
            )

    def failed(self, address: str) -> None:
        failures = self._recent(address)
        failures.append(time.monotonic())
        self._failures[address] = failures
        self._failures.move_to_end(address)
        while len(self._failures) > MOST_REMEMBERED:
            self._failures.popitem(last=False)

    def succeeded(self, digest: str) -> None:
        self._right[digest] = None
        self._right.move_to_end(digest)
        while len(self._right) > MOST_REMEMBERED:
            self._right.popitem(last=False)

    def _recent(self, address: str) -> deque[float]:
        failures = self._failures.get(address, deque())
        while failures and failures[0] <= time.monotonic() - PERIOD_SECONDS:
            failures.popleft()
        if not failures:
            self._failures.pop(address, None)
        return failures


@dataclass(slots=True)
class OpenStreams:
    """Counts open streams per owner, such as an API key or an address."""

    most: int
    what: str = "event streams"
    hint: str = "Close some, or raise PODIUM_MAX_EVENT_STREAMS."
    _open: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def one_more(self, *owners: str) -> Iterator[None]:
        """Count a stream until the block ends.

        Raises:
            TooManyRequests: an owner has the maximum of open streams.
        """
        if any(self._open[owner] >= self.most for owner in owners):
            raise TooManyRequests(
                f"{self.most} {self.what} are open already",
                hint=self.hint,
                retry_after_seconds=5.0,
            )
        self._open.update(owners)
        try:
            yield
        finally:
            self._open.subtract(owners)
            for owner in owners:
                if not self._open[owner]:
                    del self._open[owner]
