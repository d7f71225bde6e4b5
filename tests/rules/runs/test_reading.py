"""Whether runs are walked, or the values of a filter merged."""

import pytest

from models.rules.runs.reading import Merge, Share, walks

READ = 20_000


@pytest.mark.parametrize(
    ("share", "merge", "is_filtered", "expected"),
    [
        # Half of all runs, in fifty values: a walk reads about a hundred.
        (Share(50_000, 100_000), Merge(50, 51), False, True),
        # A few of a million in one value.
        (Share(60, 1_000_000), Merge(1, 51), False, False),
        # One of a hundred, in 250 values: 5,100 runs against 12,750 entries.
        (Share(1_000, 100_000), Merge(250, 51), False, False),
        (Share(3_000, 100_000), Merge(250, 51), False, True),
        # Nothing is known of older times than the day that was measured.
        (Share(50, 100), Merge(250, 51), False, False),
        (Share(0, 0), Merge(1, 51), False, False),
        # Never beyond what one request may read.
        (Share(60, 100_000), Merge(100_000, 51), False, False),
        # Filtered further, what counts is how much of what matches is looked at.
        (Share(90_000, 100_000), Merge(50, 2_000), True, True),
        (Share(5_000, 100_000), Merge(50, 2_000), True, False),
        (Share(5_000, 100_000), Merge(5, 20_000), True, False),
    ],
)
def test_the_cheaper_way_is_taken(share: Share, merge: Merge, is_filtered: bool, expected: bool) -> None:
    assert walks(share, merge, 51, READ, is_filtered=is_filtered) is expected
