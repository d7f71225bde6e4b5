"""The files of recorded histories: one folder per recording, so that histories of older code are kept."""

import hashlib
import json
import re
from collections.abc import Sequence
from pathlib import Path

from temporalio.api.common.v1 import Payload
from temporalio.client import WorkflowHistory
from temporalio.converter import (
    StorageDriver,
    StorageDriverClaim,
    StorageDriverRetrieveContext,
    StorageDriverStoreContext,
)

from runtime.temporal.payload_store import DRIVER_NAME

HISTORIES = Path(__file__).parents[1] / "histories"
STORED_VALUES = "stored-values"


def recorded_paths() -> list[Path]:
    return sorted(path for path in HISTORIES.glob("*/*.json") if path.stem != STORED_VALUES)


def read_history(path: Path) -> WorkflowHistory:
    return WorkflowHistory.from_json(path.stem, path.read_text())


def write_history(folder: Path, name: str, history: WorkflowHistory) -> None:
    """Keep a history, without the stack traces: they name the paths of the machine that recorded it."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = re.sub(r'"stackTrace": "(?:[^"\\]|\\.)*"', '"stackTrace": ""', history.to_json())
    (folder / f"{name}.json").write_text(kept + "\n")


def claims(history: WorkflowHistory) -> set[bytes]:
    """Return the digests of the stored values that a history refers to, and of whatever else looks like one."""
    found: set[bytes] = set()
    for event in history.events:
        found |= {bytes.fromhex(text.decode()) for text in re.findall(rb"[0-9a-f]{64}", event.SerializeToString())}
    return found


def write_stored_values(folder: Path, values: dict[bytes, bytes]) -> None:
    text = json.dumps({digest.hex(): data.hex() for digest, data in sorted(values.items())}, indent=2)
    (folder / f"{STORED_VALUES}.json").write_text(text + "\n")


class StoredValues(StorageDriver):
    """Reads the stored values of a recording from its file, as the database has them while a run lasts."""

    def __init__(self, folder: Path) -> None:
        path = folder / f"{STORED_VALUES}.json"
        self._values: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}

    def name(self) -> str:
        return DRIVER_NAME

    async def store(self, context: StorageDriverStoreContext, payloads: Sequence[Payload]) -> list[StorageDriverClaim]:
        """Keep what the replayed code would store; nothing reads it."""
        found = [payload.SerializeToString(deterministic=True) for payload in payloads]
        return [
            StorageDriverClaim({"sha256": hashlib.sha256(data).hexdigest(), "size": str(len(data))}) for data in found
        ]

    async def retrieve(
        self, context: StorageDriverRetrieveContext, claims: Sequence[StorageDriverClaim]
    ) -> list[Payload]:
        return [Payload.FromString(bytes.fromhex(self._values[claim.claim_data["sha256"]])) for claim in claims]
