"""Encryption of everything that we hand to Temporal: arguments, results, signals and failures.

The rule kept here: with a key set nothing leaves in the clear, and what was written in the clear before, or
under an older key of the ring, can still be read.
"""

from collections.abc import Sequence

from temporalio.api.common.v1 import Payload
from temporalio.converter import PayloadCodec

from runtime.keyring import Keyring, Sealed

_ENCODING = b"binary/encrypted"
_CONTEXT = b"temporal payload"
_KEY = "encryption-key-id"


class EncryptingCodec(PayloadCodec):
    """Seals whole payloads, their own metadata included."""

    def __init__(self, keyring: Keyring) -> None:
        """Encrypt under the ring's first key."""
        super().__init__()
        self._keyring = keyring

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Encrypt each payload."""
        return [self._seal(payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Decrypt each payload that is encrypted; leave the others as they are."""
        return [self._open(payload) for payload in payloads]

    def _seal(self, payload: Payload) -> Payload:
        sealed = self._keyring.seal(payload.SerializeToString(), context=_CONTEXT)
        return Payload(metadata={"encoding": _ENCODING, _KEY: sealed.key_id.encode()}, data=sealed.data)

    def _open(self, payload: Payload) -> Payload:
        if payload.metadata.get("encoding") != _ENCODING:
            return payload
        sealed = Sealed(payload.metadata.get(_KEY, b"").decode(), payload.data)
        return Payload.FromString(self._keyring.open(sealed, context=_CONTEXT))


def payload_codec(keys: str | None) -> EncryptingCodec | None:
    """Return the codec for `PODIUM_PAYLOAD_KEY`, or None when payloads are not to be encrypted."""
    if keys is None:
        return None
    return EncryptingCodec(Keyring(keys, purpose="podium temporal payloads"))
