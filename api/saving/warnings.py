"""Warnings about a saved automation: it works, but perhaps not as meant."""

from models.rules.cron.other_readings import other_readings
from models.store.automations.schedule_columns import stored_schedule
from models.store.tables.automations import Automation
from runtime.security.secrets import unset_variable


def save_warnings(row: Automation) -> tuple[str, ...]:
    """Return the warnings; reading a cron a second time costs milliseconds, which a list must not pay."""
    schedule = stored_schedule(row)
    readings = other_readings(schedule.cron) if schedule else ()
    unset = [name for secret in row.secrets if (name := unset_variable(secret))]
    return (*readings, *(f"{name} is not set in the API's process: deliveries cannot be verified" for name in unset))
