"""Number of examples of the property tests; each test passes its number for the profile `quick`.

`HYPOTHESIS_PROFILE=deep` multiplies every number by 20; use it after a change of the cron or projection rules.
"""

import os

from hypothesis import HealthCheck, settings

FACTORS = {"quick": 1, "deep": 20}


def examples(quick: int) -> settings:
    """Return settings with `quick` examples, or the profile's multiple of it."""
    return settings(
        max_examples=quick * FACTORS[os.environ.get("HYPOTHESIS_PROFILE", "quick")],
        # Slow machines must not fail, and drawing hard crons rejects those that never fire.
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
