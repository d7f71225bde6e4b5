"""The header that carries a chain through what a run calls: whoever is called sends it back with its own requests.

It names the run and is signed, so that nobody can put a delivery into another chain. Keys that are no longer configured
do not count: the delivery begins a new chain.
"""

from uuid import UUID

from itsdangerous import BadData

from models.errors import Invalid
from runtime.security.signing import chain_tokens
from runtime.settings import Settings

CHAIN_HEADER = "Podium-Chain"
_LONGEST = 500


def chain_header(settings: Settings, run_id: UUID) -> str:
    """Return the header of a request that a run makes."""
    token: str = chain_tokens(settings).dumps(run_id.hex)
    return token


def run_of_chain(settings: Settings, header: str) -> UUID:
    """Read the run from a header.

    Raises:
        Invalid: Podium has not signed it.
    """
    try:
        return UUID(hex=chain_tokens(settings).loads(header[:_LONGEST]))
    except (BadData, ValueError, TypeError, AttributeError):
        raise Invalid(
            f"{CHAIN_HEADER} is not a header that Podium has sent",
            field=CHAIN_HEADER,
            hint="Send the header exactly as your agent has received it, or leave it out.",
        ) from None
