"""Replica arithmetic in 32 bits, as the controllers do it.

KEDA and the HPA count replicas in Go's int32. A policy such as "add 2147483647 pods", meant as
"no limit", overflows there and forbids every scale-up instead; a model that counted without
bounds would promise the opposite.
"""

INT32_MAX = 2**31 - 1
INT32_MIN = -(2**31)


def wrap_int32(value: int) -> int:
    """Return what is left of a sum in int32: it wraps around."""
    if INT32_MIN <= value <= INT32_MAX:
        return value
    return (value - INT32_MIN) % 2**32 + INT32_MIN


def truncate_to_int32(value: float) -> int:
    """Convert towards zero; out of range gives the smallest int32, as on amd64."""
    whole = int(value)
    return whole if INT32_MIN <= whole <= INT32_MAX else INT32_MIN
