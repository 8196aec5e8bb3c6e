"""How long a failed message waits before its next attempt."""

from random import Random

from shoal_agent.contract import MAX_VISIBILITY_TIMEOUT_S


def retry_delay_s(receive_count: int, *, base_s: float, max_s: float, random: Random) -> int:
    """Double the wait with every receive, up to ``max_s``, and draw from its upper half.

    The jitter keeps messages that failed together from coming back together; half of the wait
    is kept so that a retry is never immediate. ``max_s`` is capped by what SQS can hide.
    """
    ceiling_s = min(max_s, MAX_VISIBILITY_TIMEOUT_S)
    # 2**40 seconds is past every ceiling, and a float still.
    wait_s = min(ceiling_s, base_s * 2.0 ** min(max(receive_count, 1) - 1, 40))
    return round(random.uniform(wait_s / 2, wait_s))
