"""Who makes the runs, the failures and the costs of the last day, and how often people had to help agents."""

from models.contracts.base import Contract, Exact, Instant
from models.kinds import Kind


class EntityFigures(Contract):
    """Closed runs of a day, by their arrival."""

    runs: int
    """Runs that completed, failed or were cancelled."""
    failed: int
    cost_usd: Exact


class EntityShares(Contract):
    """Percent of what all of them have made together. null: nobody has made any."""

    runs: float | None
    failed: float | None
    cost_usd: float | None


class ControlEntity(Contract):
    """A primitive, or an automation with the kind that it runs."""

    kind: Kind
    slug: str
    name: str
    link: str
    """Address within the page."""
    now: EntityFigures
    before: EntityFigures
    """The same of the day before."""
    share: EntityShares


class AgentAutonomy(Contract):
    """How an agent's runs of the last 30 days got on without people; child runs too."""

    slug: str
    name: str
    link: str
    runs: int
    """Closed runs that had started."""
    unattended: int
    """Runs among them that nobody has started by hand, forced, touched or run again."""
    unattended_percent: float | None
    """null: fewer than 20 runs, too few to tell."""
    low_percent: float | None
    """Where the 95 % interval (Wilson) of that share begins."""
    high_percent: float | None
    touched: int
    """Runs that somebody has touched after their start, forced, or run again."""
    rescued: int
    """Runs that somebody has run again."""
    gates: int
    """Decisions that runs asked for as planned; these are no rescue."""


class ControlEntities(Contract):
    """Those that contribute most to the last day."""

    as_of: Instant
    since: Instant
    """Where the last day begins: 24 whole hours before the current one. The day before ends here."""
    autonomy_since: Instant
    total: EntityFigures
    """All primitives together, child runs too."""
    total_before: EntityFigures
    primitives: tuple[ControlEntity, ...]
    """The first ten by runs, by failures and by cost; child runs count for their primitive, with their own cost."""
    automations: tuple[ControlEntity, ...]
    """The same of automations: root runs only, whose costs include those of their children."""
    autonomy: tuple[AgentAutonomy, ...]
    """The ten agents that people had to help most often."""
