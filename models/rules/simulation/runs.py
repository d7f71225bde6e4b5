"""A run of a simulation."""

from enum import IntEnum

from models.rules.admission.keys import AdmissionKeys

FRESH = AdmissionKeys()


class Stage(IntEnum):
    """Where a run is."""

    WAITING = 0
    """It waits for its admission."""
    ADMITTED = 1
    """It is open: it runs, or waits for its agent."""
    CLOSED = 2


class SimulatedRun:
    """A run: what it is, and how far it has come. Slots, because there are hundreds of thousands."""

    __slots__ = (
        "arrived_at",
        "automation",
        "bits",
        "key",
        "keys",
        "not_before",
        "number",
        "ordered_at",
        "stage",
        "start_by",
        "started_at",
        "takes_place",
        "throttle_key",
    )

    def __init__(self, number: int, automation: int, arrived_at: int, bits: int = 0) -> None:
        self.number = number
        """In the order of arrival."""
        self.automation = automation
        self.arrived_at = self.ordered_at = arrived_at
        self.bits = bits
        self.keys: AdmissionKeys = FRESH
        self.key = self.throttle_key = ""
        self.not_before: int | None = None
        self.start_by: int | None = None
        self.started_at: int | None = None
        self.stage = Stage.WAITING
        self.takes_place = False
        """Whether it takes a place of its agent until it ends."""
