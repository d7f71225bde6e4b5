"""Number of examples of the property tests; each test passes its full number.

`HYPOTHESIS_PROFILE` chooses how many of them are drawn: `quick` (the default, as in `make test`) a third, but at least
50; `full` (`make test-long`) all; `deep` twenty times as many, for after a change of the cron or projection rules.
"""

import os

from hypothesis import HealthCheck, settings

FACTORS = {"quick": 1 / 3, "full": 1, "deep": 20}
FEWEST = 50


def examples(full: int) -> settings:
    """Return settings with the profile's share of `full` examples."""
    count = round(full * FACTORS[os.environ.get("HYPOTHESIS_PROFILE", "quick")])
    return settings(
        max_examples=max(count, FEWEST),
        # Slow machines must not fail, and drawing hard crons rejects those that never fire.
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
