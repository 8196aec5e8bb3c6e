"""Durations as people write them in YAML: `60s`, `5m`, `1h30m`, `14d`, or plain seconds."""

import math
import re

_UNITS_S = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_TEXT = re.compile(r"(?:\d+(?:\.\d+)?[smhd])+")
_PART = re.compile(r"(\d+(?:\.\d+)?)([smhd])")


def parse_duration_s(value: object) -> float:
    """Return a duration in seconds; raise ValueError for what is none."""
    if isinstance(value, str) and _TEXT.fullmatch(value):
        return sum(float(number) * _UNITS_S[unit] for number, unit in _PART.findall(value))
    if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
        return value
    raise ValueError(value)


def format_duration(seconds: float) -> str:
    """Write seconds in the largest unit that leaves a whole number."""
    for unit in ("d", "h", "m"):
        if seconds and seconds % _UNITS_S[unit] == 0:
            return f"{int(seconds // _UNITS_S[unit])}{unit}"
    return f"{seconds:g}s"
