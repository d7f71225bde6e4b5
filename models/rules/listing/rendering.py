"""The JSON of an entry of the live list, made when somebody looks at it: of ten thousand, a page shows a hundred."""

from collections.abc import Callable, Mapping
from hashlib import blake2b

from models.states import Window

DIGEST_BYTES = 16


class Rendering:
    """An automation's JSON by window. It is the same whenever it is made: what it is made of is kept until then."""

    __slots__ = ("_encoded", "_make")

    def __init__(self, make: Callable[[], Mapping[Window, bytes]]) -> None:
        self._make: Callable[[], Mapping[Window, bytes]] | None = make
        self._encoded: Mapping[Window, bytes] = {}

    @property
    def is_made(self) -> bool:
        """Whether somebody has looked at it."""
        return self._make is None

    def encoded(self, window: Window) -> bytes:
        if self._make is not None:
            self._encoded = self._make()
            self._make = None
        return self._encoded[window]

    def digest(self, window: Window) -> bytes:
        return blake2b(self.encoded(window), digest_size=DIGEST_BYTES).digest()
