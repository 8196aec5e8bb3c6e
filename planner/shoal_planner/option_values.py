"""Numbers on the command line, with a sentence for what is none."""

import argparse
import math


def number(text: str) -> float:
    """Return a number, as argparse's `type`."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number")
    return value


def whole_number(text: str) -> int:
    """Return a whole number, as argparse's `type`."""
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None
