"""What a run is doing, in words: for the query `progress` and for Temporal's UI."""

from collections.abc import Callable
from dataclasses import dataclass, field

from temporalio import workflow

Text = str | Callable[[], str]
"""A function where the text may change while it is shown."""


@dataclass(slots=True)
class Doing:
    """The newest of the things that a run waits for, or what it does while it waits for nothing."""

    text: str = "opening"
    waits: list[Text] = field(default_factory=list)

    def now(self) -> str:
        newest = self.waits[-1] if self.waits else self.text
        return newest if isinstance(newest, str) else newest()

    def tell(self, text: str) -> None:
        self.text = text
        self.show()

    def wait(self, text: Text) -> None:
        self.waits.append(text)
        self.show()

    def waited(self, text: Text) -> None:
        self.waits.remove(text)
        self.show()

    def end(self, text: str) -> None:
        """Say how the run has ended; it waits for nothing any more."""
        self.waits.clear()
        self.text = text

    def show(self) -> None:
        workflow.set_current_details(self.now())
