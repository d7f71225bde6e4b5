"""The queue of one automation: what its flow control makes of an arrival, and which waiting runs it admits.

The same decisions as `models/store/admission`, on objects instead of rows; a test replays workloads through both.
"""

from dataclasses import dataclass
from heapq import heappop, heappush

from models.contracts.automations.flow_control import FlowControl, SingletonMode
from models.rules.admission.choice import Limits
from models.rules.admission.gcra import accepted_rate, throttle_rate
from models.rules.simulation.lines import Lines, as_datetime
from models.rules.simulation.runs import SimulatedRun, Stage
from models.rules.simulation.windows import Folded, Window, add_to_batch, debounce
from models.rules.simulation.world import SECOND, UsedRates
from models.states import SkipReason


@dataclass(frozen=True, slots=True)
class Arrived:
    """What becomes of an arrival, and of the runs before it."""

    skipped: SkipReason | None = None
    replaces: tuple[SimulatedRun, ...] = ()
    replaced_as: SkipReason = SkipReason.SUPERSEDED
    cancels: tuple[SimulatedRun, ...] = ()


_ACCEPTED = Arrived()


class AdmissionQueue:
    """The waiting and open runs of one automation."""

    def __init__(self, control: FlowControl | None, used: UsedRates, *, cost_known: bool = True) -> None:
        self.is_free = control is None and cost_known
        """Whether nothing of its own can make a run wait."""
        self.control = control or FlowControl()
        self.limits = Limits.of(control)
        # Any number of runs could overrun the budget before the first cost is known.
        self.total = self.limits.total if cost_known else 1
        self.open: dict[str, int] = {}
        self.open_runs: dict[int, SimulatedRun] = {}
        self.waiting: dict[int, SimulatedRun] = {}
        self.look_at: int | None = None
        """When it must be looked at although nothing arrives and nothing closes."""
        self._lines = Lines(self.limits, throttle_rate(control), used.throttle)
        self._accepted, self._accepted_used = accepted_rate(control), dict(used.rate_limit)
        self._windows: dict[str, Window] = {}
        self._seen: dict[str, int] = {}
        """Idempotency values, and until when they are remembered."""
        self._of_key: dict[str, dict[int, SimulatedRun]] = {}
        """Of a singleton: its open and waiting runs by key."""
        self._unready: list[tuple[int, int]] = []
        self._impatient: list[tuple[int, int]] = []

    def cost_is_known(self) -> None:
        self.total = self.limits.total

    def arrive(self, run: SimulatedRun, now: int) -> Arrived:
        """Decide on an arrival; one that is not skipped waits, and `admit` lets it in."""
        control, keys = self.control, run.keys
        run.key, run.throttle_key = keys.concurrency, keys.throttle
        if keys.error:
            return Arrived(SkipReason.BAD_EXPRESSION)
        arrived = self._refused_or_alone(run, now)
        if arrived.skipped is None and (control.batch or control.debounce):
            arrived = self._folded(run, now)
        if arrived.skipped is None:
            if len(self.waiting) - len(arrived.replaces) >= control.max_queue:
                return Arrived(SkipReason.QUEUE_FULL)
            run.ordered_at = now - round(keys.priority_seconds * SECOND)
            if control.max_wait_seconds:
                run.start_by = max(now, run.not_before or now) + control.max_wait_seconds * SECOND
            self._wait(run, now)
        if arrived.skipped in (None, SkipReason.DEBOUNCED, SkipReason.BATCHED):
            self._remember(run, now)
        return arrived

    def put_back(self, run: SimulatedRun, now: int, window: Window | None = None, fold_key: str = "") -> None:
        """Put in a run that waits at the start, with its window if it has one."""
        if window is not None:
            self._windows[fold_key] = window
        self._wait(run, now)

    def open_as(self, run: SimulatedRun) -> None:
        """Count a run that is open from the start."""
        run.stage = Stage.ADMITTED
        self.open_runs[run.number] = run
        self._count_open(run.key, 1)
        self._note_key(run)

    def admit(self, now: int) -> list[SimulatedRun]:
        """Admit what may start now; the runs are open from here on."""
        while self._unready and self._unready[0][0] <= now:
            self._ripen(*heappop(self._unready), now)
        admitted: list[SimulatedRun] = []
        while self._lines and len(self.open_runs) < self.total:
            number = self._lines.take(now, self.open)
            if number is None:
                break
            run = self.waiting.pop(number)
            run.not_before = None
            self.open_as(run)
            admitted.append(run)
        self._plan_next(now)
        return admitted

    def expired(self, now: int) -> list[SimulatedRun]:
        """Take out the runs that have waited for too long."""
        found = []
        while self._impatient and self._impatient[0][0] <= now:
            run = self.waiting.get(heappop(self._impatient)[1])
            if run is not None:
                found.append(run)
                self.leave(run)
        return found

    def leave(self, run: SimulatedRun) -> None:
        """Take out a run that closes, open or waiting."""
        run.stage = Stage.CLOSED
        if self.waiting.pop(run.number, None) is not None:
            self._lines.remove(run, self.open.get(run.key, 0))
        elif self.open_runs.pop(run.number, None) is not None:
            self._count_open(run.key, -1)
        if self.control.singleton:
            self._of_key.get(run.key, {}).pop(run.number, None)

    def _refused_or_alone(self, run: SimulatedRun, now: int) -> Arrived:
        control, keys = self.control, run.keys
        if control.idempotency and self._seen.get(keys.idempotency, now) > now:
            return Arrived(SkipReason.DUPLICATE)
        if (rate := self._accepted) and not rate.tokens(self._accepted_used.get(keys.rate_limit), as_datetime(now)):
            return Arrived(SkipReason.RATE_LIMITED)
        return self._alone(control.singleton.mode, keys.concurrency) if control.singleton else _ACCEPTED

    def _alone(self, mode: SingletonMode, key: str) -> Arrived:
        mine = self._of_key.get(key, {}).values()
        waiting = tuple(run for run in mine if run.stage is Stage.WAITING)
        match mode:
            case SingletonMode.SKIP:
                return Arrived(SkipReason.SINGLETON) if mine else _ACCEPTED
            case SingletonMode.CANCEL:
                running = tuple(run for run in mine if run.stage is Stage.ADMITTED)
                return Arrived(replaces=waiting, cancels=running)
            case SingletonMode.QUEUE_LATEST:
                return Arrived(replaces=waiting)

    def _folded(self, run: SimulatedRun, now: int) -> Arrived:
        if self.control.batch:
            folded = add_to_batch(self._windows, self.control.batch, run, now)
            reason = SkipReason.BATCHED
        elif self.control.debounce:
            folded = debounce(self._windows, self.control.debounce, run, now)
            reason = SkipReason.DEBOUNCED
        else:
            folded, reason = Folded(), SkipReason.BATCHED
        if folded.into is not None:
            self._await_window(folded.into)
            return Arrived(reason)
        return Arrived(replaces=(folded.replaces,) if folded.replaces else (), replaced_as=reason)

    def _wait(self, run: SimulatedRun, now: int) -> None:
        self.waiting[run.number] = run
        self._note_key(run)
        if run.start_by is not None:
            heappush(self._impatient, (run.start_by, run.number))
        if run.not_before is not None and run.not_before > now:
            self._await_window(run)
        else:
            self._lines.add(run, self.open.get(run.key, 0))

    def _await_window(self, run: SimulatedRun) -> None:
        """Have a run wait for the end of its window; one that only waited for room does so again."""
        assert run.not_before is not None
        self._lines.remove(run, self.open.get(run.key, 0))
        heappush(self._unready, (run.not_before, run.number))

    def _ripen(self, not_before: int, number: int, now: int) -> None:
        """Put a run whose window has ended into its line; the window may have been moved, or the run replaced."""
        run = self.waiting.get(number)
        if run is not None and run.not_before == not_before:
            run.not_before = None
            self._lines.add(run, self.open.get(run.key, 0))

    def _remember(self, run: SimulatedRun, now: int) -> None:
        """Remember an accepted delivery for the limits that skip later ones."""
        if self.control.idempotency:
            self._seen[run.keys.idempotency] = now + self.control.idempotency.ttl_seconds * SECOND
        if self._accepted:
            key = run.keys.rate_limit
            self._accepted_used[key] = self._accepted.after_taking(self._accepted_used.get(key), as_datetime(now), 1)

    def _note_key(self, run: SimulatedRun) -> None:
        if self.control.singleton:
            self._of_key.setdefault(run.key, {})[run.number] = run

    def _count_open(self, key: str, by: int) -> None:
        slots = self.open.get(key, 0) + by
        if slots:
            self.open[key] = slots
        else:
            del self.open[key]
        self._lines.slots_changed(key, slots)

    def _plan_next(self, now: int) -> None:
        planned = [one[0][0] for one in (self._unready, self._impatient) if one]
        # A token that is there already waits for room: an end brings that.
        if (token := self._lines.next_token_at) is not None and token > now:
            planned.append(token)
        self.look_at = min(planned, default=None)
