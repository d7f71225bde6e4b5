"""Reads the members of a pulse and changes their capacities."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from temporalio import activity
from temporalio.client import Client

from models.contracts.workflows.pulses import CapacityChanges, MemberRecords
from models.store.primitives import pulses
from runtime.database import Sessions, transaction
from runtime.temporal.admissions import admitting


@dataclass(frozen=True, slots=True)
class PulseActivities:
    """The activities of a pulse evaluation."""

    sessions: Sessions
    client: Client

    @activity.defn(name="member-records")
    async def member_records(self, run_id: UUID) -> MemberRecords:
        """Count the members' runs since the last evaluation."""
        async with transaction(self.sessions) as session:
            return await pulses.member_records(session, run_id, datetime.now(UTC))

    @activity.defn(name="change-capacities")
    async def change_capacities(self, changes: CapacityChanges) -> None:
        """Change members' capacities, and let in runs that waited; a second delivery changes nothing."""
        async with admitting(self.sessions, self.client) as session:
            await pulses.change_capacities(session, changes)
