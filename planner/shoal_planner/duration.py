"""Durations as people write them: `250ms`, `60s`, `5m`, `1h30m`, `7d`, or plain seconds."""

import math
import re

from shoal_planner.planner_input_error import PlannerInputError

_UNITS_S = {"ms": 0.001, "s": 1, "m": 60, "h": 3_600, "d": 86_400}
_TEXT = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|[smhd]))+")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|[smhd])")


def parse_duration_s(parameter: str, value: object) -> float:
    """Return seconds; raise PlannerInputError, naming `parameter`, for what is no duration."""
    seconds = _seconds(value)
    if seconds is None or not math.isfinite(seconds) or seconds < 0:
        raise PlannerInputError(
            parameter,
            value,
            allowed="a duration such as 250ms, 60s, 5m or 1h30m, or plain seconds",
        )
    return seconds


def _seconds(value: object) -> float | None:
    if isinstance(value, str):
        text = value.strip()
        if _TEXT.fullmatch(text):
            return sum(float(number) * _UNITS_S[unit] for number, unit in _PART.findall(text))
        return float(text) if _NUMBER.fullmatch(text) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value)


def format_duration(seconds: float) -> str:
    """Write seconds in the largest unit that leaves a whole number."""
    for unit in ("d", "h", "m"):
        if seconds and seconds % _UNITS_S[unit] == 0:
            return f"{int(seconds // _UNITS_S[unit])}{unit}"
    return f"{seconds:g}s"
