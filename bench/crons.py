"""Ten thousand different crons over thirty zones, the same ones every time."""

from random import Random
from typing import NamedTuple

ZONES = (
    "UTC", "Europe/London", "Europe/Berlin", "Europe/Paris", "Europe/Madrid", "Europe/Rome", "Europe/Athens",
    "Europe/Kyiv", "Europe/Lisbon", "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles",
    "America/Toronto", "America/Halifax", "America/Mexico_City", "America/Sao_Paulo", "Africa/Cairo", "Africa/Lagos",
    "Asia/Tokyo", "Asia/Kolkata", "Asia/Kathmandu", "Asia/Shanghai", "Asia/Dubai", "Asia/Singapore", "Asia/Seoul",
    "Asia/Tehran", "Australia/Sydney", "Australia/Lord_Howe", "Pacific/Auckland",
)  # fmt: skip


class CronInZone(NamedTuple):
    """A cron expression and its time zone."""

    cron_expr: str
    timezone: str


def schedules(count: int, seed: int = 1) -> list[CronInZone]:
    """Draw different realistic crons: daily, weekly, hourly, and some every few minutes."""
    random = Random(seed)
    texts: dict[str, None] = {}
    while len(texts) < count:
        texts[_cron(random)] = None
    return [CronInZone(text, random.choice(ZONES)) for text in texts]


def _cron(random: Random) -> str:
    minute, hour, other = random.randrange(60), random.randrange(24), random.randrange(24)
    low, high = sorted((hour, other))
    weekdays = random.choice(("*", "*", "1-5", "0,6", str(random.randrange(7)), "MON,WED,FRI"))
    match random.randrange(10):
        case 0 | 1 | 2:
            return f"{minute} {hour} * * {weekdays}"
        case 3:
            return f"{minute} {hour},{other} * * {weekdays}"
        case 4:
            return f"{minute} {hour} {random.randrange(1, 29)} * *"
        case 5:
            return f"{minute} {low}-{high} * * {weekdays}"
        case 6:
            return f"{minute},{(minute + 30) % 60} */{random.choice((1, 2, 3, 4, 6))} * * {weekdays}"
        case 7:
            return f"{random.randrange(5)}-59/{random.choice((5, 10, 15, 20, 30))} {low}-{high} * * {weekdays}"
        case 8:
            return f"{minute} {hour} L,{random.randrange(1, 28)} * *"
        case _:
            return f"{minute} * * * {weekdays}"
