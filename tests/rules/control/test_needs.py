"""What needs somebody: worst first, at most ten, and how many more there are."""

from datetime import UTC, datetime

from models.contracts.control import NeedCode
from models.rules.control.facts import Approval, Engine, Facts, Judged, SpentBudget, Unusual
from models.rules.control.needs import needs

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
DESK = Judged("desk", "Nightly desk", 19, 31)


def test_everything_that_needs_somebody_has_a_sentence_and_its_place() -> None:
    facts = Facts(
        engine=Engine(stuck=1),
        approvals=(Approval("r1", "legal", "Editorial board", AT),),
        approvals_in_all=1,
        auto_disabled=(DESK,),
        failing=(DESK,),
        unusual=(Unusual("Scout took 3 s between 11:00 and 12:00; usual are 1.0 s", "/runs?kind=agent", AT),),
        spent=(SpentBudget("the budget of Scout", AT),),
        drifted=(DESK,),
        overdue=(DESK,),
        dead_letters=2,
    )
    found, left_out = needs(facts)
    assert [one.code for one in found] == [*NeedCode]
    assert left_out == 0
    assert [(one.text, one.link) for one in found] == [
        ("1 run cannot go on: read why, deploy the fix, or cancel it", "/runs?status=stuck"),
        ("Editorial board waits for a decision at legal", "/runs/r1"),
        ("Nightly desk was disabled by its health policy", "/?open=desk"),
        ("Nightly desk fails: 38% of its last 50 runs completed", "/?open=desk"),
        ("Scout took 3 s between 11:00 and 12:00; usual are 1.0 s", "/runs?kind=agent"),
        ("The budget of Scout is spent: nothing of it starts", "/budgets"),
        ("Nightly desk differs from its Temporal schedule", "/?open=desk"),
        ("Nightly desk is overdue", "/?open=desk"),
        ("2 deliveries were accepted but not carried out", None),
    ]
    assert [one.since for one in found if one.since] == [AT, AT]


def test_only_ten_are_listed_and_the_rest_is_counted() -> None:
    facts = Facts(failing=tuple(Judged(f"a{number}", f"A{number}", 0, 5) for number in range(14)), dead_letters=1)
    found, left_out = needs(facts)
    assert ([one.link for one in found], left_out) == ([f"/?open=a{number}" for number in range(10)], 5)
    assert needs(Facts()) == ((), 0)


def test_decisions_that_were_not_read_are_counted_as_well() -> None:
    waiting = (Approval("r1", "legal", "Editorial board", AT),) * 10
    facts = Facts(approvals=waiting, approvals_in_all=200, failing=(DESK,))
    found, left_out = needs(facts)
    assert (len(found), left_out) == (10, 191)
