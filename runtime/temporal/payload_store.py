"""Large payloads are stored in PostgreSQL; Temporal gets a small reference (the claim-check pattern; ADR 14).

The SDK calls the driver for every payload of at least `STORED_FROM_BYTES` bytes, after the encryption codec: arguments
and results of workflows and activities, markers of local activities, signals, updates. What Temporal has then reads
`{"driverName": "podium", "claimData": {"sha256": ..., "size": ...}}`.
"""

import asyncio
import dataclasses
import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, ClassVar, Self, TypeVar

import structlog
from temporalio.api.common.v1 import Payload
from temporalio.client import Client
from temporalio.contrib.pydantic import PydanticPayloadConverter
from temporalio.converter import (
    ExternalStorage,
    StorageDriver,
    StorageDriverClaim,
    StorageDriverRetrieveContext,
    StorageDriverSelectContext,
    StorageDriverStoreContext,
)

from models.contracts.workflows.signals import RunProgress
from models.errors import DatabaseUnavailable, NotFound
from models.limits import STORED_FROM_BYTES
from models.store.payloads import get_payloads, put_payloads
from runtime.database import Sessions, transaction

log = structlog.get_logger(__name__)

DRIVER_NAME = "podium"
CACHED_BYTES = 64 * 1024 * 1024
_INLINE = "podium-inline"
_CONNECTIONS = 4
_PATIENCE_SECONDS = (0.1, 0.3, 0.8, 2.0)
"""Short enough to stay within the ten seconds of a workflow task; Temporal then repeats the whole task."""

Answer = TypeVar("Answer")


class PayloadStore(StorageDriver):
    """Reads and writes payloads in the table `temporal_payloads`."""

    def __init__(self, sessions: Sessions, *, cached_bytes: int = CACHED_BYTES) -> None:
        self._sessions = sessions
        self._cache = RecentBytes(cached_bytes)
        # So that large values never take all of the process's database connections.
        self._connections = asyncio.Semaphore(_CONNECTIONS)

    def name(self) -> str:
        return DRIVER_NAME

    async def store(self, context: StorageDriverStoreContext, payloads: Sequence[Payload]) -> list[StorageDriverClaim]:
        """Store the payloads.

        Raises:
            DatabaseUnavailable: PostgreSQL is away; Temporal repeats the task.
        """
        found = [payload.SerializeToString(deterministic=True) for payload in payloads]
        digests = [hashlib.sha256(data).digest() for data in found]
        stored = dict(zip(digests, found, strict=True))
        await self._patiently(lambda: self._put(stored))
        for digest, data in stored.items():
            self._cache.add(digest, data)
        return [
            StorageDriverClaim({"sha256": digest.hex(), "size": str(len(data))})
            for digest, data in zip(digests, found, strict=True)
        ]

    async def retrieve(
        self, context: StorageDriverRetrieveContext, claims: Sequence[StorageDriverClaim]
    ) -> list[Payload]:
        """Read the payloads back.

        Raises:
            DatabaseUnavailable: PostgreSQL is away; Temporal repeats the task.
            NotFound: a payload is not in the database, which was restored to an older state or is another one.
        """
        digests = [bytes.fromhex(claim.claim_data["sha256"]) for claim in claims]
        found = {digest: data for digest in digests if (data := self._cache.get(digest)) is not None}
        missing = [digest for digest in dict.fromkeys(digests) if digest not in found]
        if missing:
            read = await self._patiently(lambda: self._get(missing))
            for digest, data in read.items():
                self._cache.add(digest, data)
            found |= read
        absent = [digest.hex() for digest in digests if digest not in found]
        if absent:
            raise NotFound(f"there is no stored value {absent[0]} in the database, although Temporal refers to it")
        return [Payload.FromString(found[digest]) for digest in digests]

    async def _put(self, payloads: dict[bytes, bytes]) -> None:
        async with transaction(self._sessions) as session:
            await put_payloads(session, payloads)

    async def _get(self, digests: Sequence[bytes]) -> dict[bytes, bytes]:
        async with transaction(self._sessions) as session:
            return await get_payloads(session, digests)

    async def _patiently(self, attempt: Callable[[], Awaitable[Answer]]) -> Answer:
        async with self._connections:
            for pause_seconds in _PATIENCE_SECONDS:
                try:
                    return await attempt()
                except DatabaseUnavailable:
                    log.warning("the payload store is not available", retry_in_seconds=pause_seconds)
                await asyncio.sleep(pause_seconds)
            return await attempt()


class RecentBytes:
    """The most recently used bytes, up to a total size."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._total = 0
        self._entries: OrderedDict[bytes, bytes] = OrderedDict()

    def get(self, key: bytes) -> bytes | None:
        data = self._entries.get(key)
        if data is not None:
            self._entries.move_to_end(key)
        return data

    def add(self, key: bytes, data: bytes) -> None:
        if key in self._entries or len(data) > self._max_bytes:
            return
        self._entries[key] = data
        self._total += len(data)
        while self._total > self._max_bytes:
            _, oldest = self._entries.popitem(last=False)
            self._total -= len(oldest)


class ReadableAnswers(PydanticPayloadConverter):
    """Marks the answers of queries, which people read with the `temporal` command, as never to be stored.

    There is one instance: the SDK asks for one per workflow and activity, and each would compile the validators of our
    contracts anew.
    """

    _instance: ClassVar[Self | None] = None

    def __new__(cls) -> Self:
        """Return the only instance."""
        if cls._instance is None:
            cls._instance = super().__new__(cls)
            super(ReadableAnswers, cls._instance).__init__()
        return cls._instance

    def __init__(self) -> None:
        """Keep what the instance has."""

    def to_payloads(self, values: Sequence[Any]) -> list[Payload]:
        payloads: list[Payload] = super().to_payloads(values)
        for value, payload in zip(values, payloads, strict=False):
            if isinstance(value, RunProgress):
                payload.metadata[_INLINE] = b"true"
        return payloads


def storing_large_values(client: Client, sessions: Sessions) -> Client:
    """Return a client on the same connection that stores large payloads in the database."""
    store = PayloadStore(sessions)

    def driver_for(context: StorageDriverSelectContext, payload: Payload) -> PayloadStore | None:
        return None if _INLINE in payload.metadata else store

    config = client.config()
    config["data_converter"] = dataclasses.replace(
        config["data_converter"],
        payload_converter_class=ReadableAnswers,
        external_storage=ExternalStorage(
            drivers=[store], driver_selector=driver_for, payload_size_threshold=STORED_FROM_BYTES
        ),
    )
    return Client(**config)
