"""Seconds as people write them, milliseconds as the models count them.

Integers, because the HPA's windows are compared with ages: in binary fractions 0.3 + 15 + 15
is not 30.3, and an entry would be in a window or out of it by accident.
"""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from shoal_planner.planner_input_error import PlannerInputError

MAX_SECONDS = 366 * 24 * 3600
"""A year. More is a date in seconds, and a model stepped through it would not end."""


def parse_seconds_ms(name: str, text: str) -> int:
    """Return a number of seconds in milliseconds; raise PlannerInputError under `name`."""
    try:
        seconds = Decimal(text.strip())
    except InvalidOperation:
        seconds = Decimal("NaN")
    if not seconds.is_finite() or seconds < 0:
        raise PlannerInputError(name, text, allowed="a number of seconds, 0 or more")
    if seconds > MAX_SECONDS:
        raise PlannerInputError(
            name,
            text,
            allowed=f"at most {MAX_SECONDS} (a year)",
            why="seconds count from the ScaledObject's creation",
            fix="if this is a date in seconds, subtract the first one",
        )
    return int((seconds * 1000).to_integral_value(ROUND_HALF_UP))


def format_seconds(milliseconds: int) -> str:
    """Return milliseconds as seconds, without a fraction where there is none."""
    if milliseconds % 1000 == 0:
        return str(milliseconds // 1000)
    return f"{milliseconds / 1000:.3f}".rstrip("0")
