"""How many examples the property tests try: each test names its number for the profile `quick`.

`HYPOTHESIS_PROFILE=deep` multiplies every number by 20; use it after a change of the cron or projection rules.
"""

import os

from hypothesis import HealthCheck, settings

FACTORS = {"quick": 1, "deep": 20}


def examples(quick: int) -> settings:
    """Return settings that try `quick` examples, or the profile's multiple of them."""
    return settings(
        max_examples=quick * FACTORS[os.environ.get("HYPOTHESIS_PROFILE", "quick")],
        # Machines differ in speed; hard crons are drawn by rejecting those that never fire.
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
