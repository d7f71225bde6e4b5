"""Builds the cases of a what-if from what was read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from uuid import UUID

import numpy as np

from models.contracts.automations.flow_control import FlowControl
from models.contracts.outlook.what_if import Assumptions, Figure
from models.rules.admission.keys import AdmissionKeys, expressions
from models.rules.cost import NOTHING, expected_cost
from models.rules.projection.portfolio import Portfolio, ProjectedAutomation, RunAverages
from models.rules.simulation.draws import Floats, mixed, seed_of
from models.rules.simulation.keys import constant_keys, given_keys
from models.rules.what_if.cases import Case, Deliveries, Keys, RunCosts, Setting
from models.states import Source
from models.store.what_if.rates import ArrivalRate
from models.store.what_if.settings import Edit, StoredSetting
from models.store.what_if.works import Experience

NEW_SEED = 0x57415449
"""Of new automations, which have no id yet: the same question has the same draws."""
AS_MEASURED = Assumptions()


@dataclass(frozen=True)
class CaseBuilder:
    """What the cases are built from; `caused` are the deliveries in each hour that dependencies have caused."""

    portfolio: Portfolio
    averages: RunAverages
    stored: Mapping[UUID, StoredSetting]
    experience: Experience
    rates: Mapping[UUID, ArrivalRate]
    caused: Mapping[UUID, Floats]
    spent_usd: Mapping[UUID, Decimal]
    hours: int

    def all(self, rows: Sequence[int], edits: Mapping[int, Edit], new: Sequence[Edit]) -> list[Case]:
        """Build the cases of these rows of the portfolio, then those of new automations."""
        cases = [self.known(number, row, edits.get(row)) for number, row in enumerate(rows)]
        return cases + [self.new(len(cases) + place, place, edit) for place, edit in enumerate(new)]

    def known(self, number: int, row: int, edit: Edit | None) -> Case:
        """Build the case of an automation that exists."""
        one = self.portfolio.automations[row]
        assume = edit.assume if edit else AS_MEASURED
        stored = self.stored[one.id]
        before = Setting(
            projected=one,
            control=stored.control,
            budget_usd=stored.budget_usd,
            jitter_seconds=stored.jitter_seconds,
            keys=keys_of(one.source, stored.control, stored.schedule_keys, assume),
            works=self.experience.of_automation(one, own=True, given_ms=_milliseconds(assume)),
            costs=self._costs(one, row, stored.costs, assume),
            primitive_runs=stored.primitive_runs,
        )
        return Case(
            number=number,
            row=row,
            seed=seed_of(one.id),
            edited=edit is not None,
            name=one.name,
            before=before,
            after=self._after(edit, before) if edit else before,
            assume=assume,
            deliveries=self._deliveries(one, assume),
            success_rate=stored.success_rate,
            spent_usd=self.spent_usd.get(one.id, NOTHING),
        )

    def new(self, number: int, place: int, edit: Edit) -> Case:
        """Build the case of an automation that does not exist yet."""
        one, setting = edit.projected, edit.setting
        assert setting is not None
        return Case(
            number=number,
            row=None,
            seed=mixed(NEW_SEED, place),
            edited=True,
            name=one.name,
            before=None,
            after=Setting(
                projected=one,
                control=setting.control,
                budget_usd=setting.budget_usd,
                jitter_seconds=setting.jitter_seconds,
                keys=keys_of(one.source, setting.control, setting.schedule_keys, edit.assume),
                works=self.experience.of_automation(one, own=False, given_ms=_milliseconds(edit.assume)),
                costs=self._costs(one, None, (), edit.assume),
                primitive_runs=setting.primitive_runs,
            ),
            assume=edit.assume,
            deliveries=self._deliveries(one, edit.assume),
            success_rate=1.0,
            spent_usd=NOTHING,
        )

    @cached_property
    def _paid_by_primitive(self) -> Mapping[UUID, tuple[int, Decimal]]:
        """How many runs of each primitive have a known cost, and what they have cost together."""
        found: dict[UUID, tuple[int, Decimal]] = {}
        for one, mean, count in zip(
            self.portfolio.automations, self.averages.mean_usd, self.averages.samples, strict=True
        ):
            if count and mean is not None:
                runs, paid = found.get(one.primitive_id, (0, NOTHING))
                found[one.primitive_id] = runs + count, paid + mean * count
        return found

    def _after(self, edit: Edit, before: Setting) -> Setting:
        changed, setting = replace(before, projected=edit.projected), edit.setting
        if edit.projected.primitive_id != before.projected.primitive_id:
            changed = replace(
                changed,
                works=self.experience.of_automation(edit.projected, own=False, given_ms=_milliseconds(edit.assume)),
                costs=self._costs(edit.projected, None, (), edit.assume),
            )
        if setting is None:
            return changed
        return replace(
            changed,
            control=setting.control,
            budget_usd=setting.budget_usd,
            jitter_seconds=setting.jitter_seconds,
            keys=keys_of(edit.projected.source, setting.control, setting.schedule_keys, edit.assume),
            primitive_runs=setting.primitive_runs,
        )

    def _deliveries(self, one: ProjectedAutomation, assume: Assumptions) -> Deliveries:
        if one.source is Source.SCHEDULE:
            return Deliveries()
        if assume.arrivals_per_hour is not None:
            return Deliveries(np.full(self.hours, assume.arrivals_per_hour), Figure.GIVEN)
        rate = self.rates.get(one.id)
        if rate is None:
            return Deliveries(np.zeros(self.hours), Figure.ASSUMED)
        own = np.maximum(rate.by_hour - self.caused.get(one.id, np.zeros(self.hours)), 0.0)
        return Deliveries(own, Figure.MEASURED, rate.deliveries, rate.since)

    def _costs(
        self, one: ProjectedAutomation, row: int | None, known: Sequence[Decimal], assume: Assumptions
    ) -> RunCosts:
        """Return the costs of its own runs.

        Where it has none, a simulated budget takes the mean of other runs of the primitive. What a month costs takes it
        for a new automation only: that of others stays unknown, as everywhere.
        """
        if assume.cost_usd is not None:
            return RunCosts((assume.cost_usd,), assume.cost_usd, assume.cost_usd, Figure.GIVEN)
        own = None if row is None else self.averages.mean_usd[row]
        if row is not None and own is not None:
            kept = tuple(known) or (own,)
            return RunCosts(kept, expected_cost(kept), own, Figure.MEASURED, self.averages.samples[row])
        runs, paid = self._paid_by_primitive.get(one.primitive_id, (0, NOTHING))
        if not runs:
            return RunCosts()
        mean = paid / runs
        # Its budget lets one run start at a time until it knows a cost of its own.
        return RunCosts((mean,)) if row is not None else RunCosts((mean,), None, mean, Figure.PRIMITIVE, runs)


def keys_of(
    source: Source, control: FlowControl | None, schedule_keys: AdmissionKeys | None, assume: Assumptions
) -> Keys:
    """Return the keys of an automation's runs, as far as no expression has to be evaluated for them."""
    if control is None or not expressions(control):
        return Keys()
    if source is Source.SCHEDULE:
        return Keys(constant_keys(schedule_keys or AdmissionKeys()), Figure.MEASURED, 1)
    if assume.keys is not None:
        return Keys(given_keys(assume.keys), Figure.GIVEN)
    return Keys(figure=Figure.ASSUMED)


def _milliseconds(assume: Assumptions) -> int | None:
    return None if assume.duration_seconds is None else round(assume.duration_seconds * 1000)
