"""What is much more frequent among a group's runs than elsewhere is said, and nothing else."""

from models.rules.fingerprint.differences import Compared, differences

NAMES = {"agent/scout": "of Scout"}


def of_scout(group: dict[str, int], everything: dict[str, int]) -> Compared:
    return Compared("primitive", group, everything, NAMES)


def test_the_share_inside_is_told_beside_the_share_of_all_other_runs() -> None:
    (found,) = differences(
        [of_scout({"agent/scout": 46, "agent/other": 4}, {"agent/scout": 57, "agent/other": 40, "": 53})]
    )
    assert found.text == "92% of them are of Scout; of other runs 11%"
    assert (found.field, found.value, found.share, found.share_elsewhere) == ("primitive", "agent/scout", 92, 11)


def test_too_few_runs_and_small_differences_say_nothing() -> None:
    assert differences([of_scout({"agent/scout": 4}, {"agent/scout": 4, "": 100})]) == ()
    assert differences([of_scout({"agent/scout": 50}, {"agent/scout": 50, "": 4})]) == ()
    assert differences([of_scout({"agent/scout": 50, "": 50}, {"agent/scout": 90, "": 110})]) == ()
    assert differences([of_scout({}, {"": 10})]) == ()


def test_the_largest_difference_comes_first_and_a_field_is_named_once() -> None:
    sources = Compared("source", {"webhook": 30, "schedule": 20}, {"webhook": 30, "schedule": 200}, {})
    kinds = Compared("kind", {"agent": 50}, {"agent": 60, "workflow": 140}, {"agent": "runs of agents"})
    found = differences([sources, kinds])
    assert [one.field for one in found] == ["kind", "source"]
    assert found[0].text == "100% of them are runs of agents; of other runs 7%"
    assert found[1].value == "webhook"


def test_runs_that_closed_between_both_counts_are_not_counted_below_zero() -> None:
    assert differences([of_scout({"agent/scout": 10}, {"agent/scout": 8, "": 100})])[0].share_elsewhere == 0
