"""Which agents a run calls, in which order and under which steps, according to its spec."""

from dataclasses import dataclass

from models.contracts.primitives.specs import Spec
from models.rules.specs.references import members


@dataclass(frozen=True, slots=True)
class Call:
    """One agent run inside a run, and its step."""

    agent: str
    path: str
    key: str
    kind: str
    position: int
    mission: str | None = None
    """The mission that a task belongs to; a mission starts when the one before it has ended."""

    @property
    def stops_the_run(self) -> bool:
        """Whether a failure here ends the run at once."""
        return self.mission is None

    @property
    def is_planned(self) -> bool:
        """Whether the step exists before it is reached; a hop does not."""
        return self.kind != "hop"


def calls(spec: Spec) -> list[Call]:
    """List the calls of a run of this spec in which everything succeeds."""
    found: list[Call] = []
    missions: list[str] = []
    for number, member in enumerate(members(spec)):
        role, _, name = member.role.partition(":")
        if role == "task":
            mission, _, task = name.partition("/")
            if mission not in missions:
                missions.append(mission)
            place = sum(call.mission == mission for call in found)
            path = f"m{missions.index(mission)}.t{place}"
            found.append(Call(member.agent, path, task, "task", place, mission))
        elif role == "step":
            found.append(Call(member.agent, name, name, "agent", number))
        else:
            found.append(Call(member.agent, f"hop-{number + 1}", member.agent, "hop", number * 2 + 1))
    return found
