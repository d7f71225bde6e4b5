"""Reads which run has made a request: what it fires belongs to that run's chain."""

from collections.abc import Mapping

from api.state import State
from models.store.deliveries.chains import ChainPlace, chain_after
from runtime.database import transaction
from runtime.security.chains import CHAIN_HEADER, run_of_chain


async def chain_of(state: State, headers: Mapping[str, str]) -> ChainPlace | None:
    """Return the place in a chain of what a request brings; None without the header, or if its run is gone.

    Raises:
        Invalid: the header is not one that Podium has sent.
    """
    header = headers.get(CHAIN_HEADER)
    if header is None:
        return None
    run_id = run_of_chain(state.settings, header)
    async with transaction(state.sessions) as session:
        return await chain_after(session, run_id)
