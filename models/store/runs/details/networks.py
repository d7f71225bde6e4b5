"""What a network's run shows: the route from member to member."""

from collections import Counter
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.runs.details import Hop, NetworkDetails
from models.contracts.runs.facts import NetworkFacts, Routing
from models.contracts.runs.parts import PartView
from models.rules.runs.routing import why_chosen, why_ended
from models.store.runs.details.parts import part, part_fields, steps, sums_by_step
from models.store.tables.runs import Run

ROUTER = "router"


async def network_details(session: AsyncSession, run: Run) -> NetworkDetails:
    rows = await steps(session, run.id)
    sums = await sums_by_step(session, run.id)
    facts = NetworkFacts.model_validate(run.facts) if run.facts else None
    ended = facts.ended if facts else None
    hops: list[Hop] = []
    visits: Counter[str] = Counter()
    router: PartView | None = None
    for row in rows:
        if row.kind == ROUTER:
            router = part(row, sums, row.key)
            continue
        visits[row.key] += 1
        fields: dict[str, Any] = part_fields(row, sums, row.key)
        why = Routing.model_validate(row.facts) if row.facts else None
        fields |= {"number": len(hops) + 1, "visit": visits[row.key], "router": router}
        hops.append(Hop(**fields, why=why, because=why_chosen(why) if why else None))
        router = None
    return NetworkDetails(
        hops=tuple(hops),
        max_hops=facts.max_hops if facts else None,
        ended=ended,
        ended_because=why_ended(ended) if ended else None,
        router=router,
    )
