"""The wait between attempts."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from shoal_agent.contract import MAX_VISIBILITY_TIMEOUT_S
from shoal_agent.retry_delay import retry_delay_s


@given(
    receive_count=st.integers(1, 10_000),
    base_s=st.floats(0.001, 1e6),
    max_s=st.floats(0.001, 1e6),
    seed=st.integers(),
)
def test_no_wait_is_longer_than_the_limit_or_than_sqs_can_hide(
    receive_count: int, base_s: float, max_s: float, seed: int
) -> None:
    random = Random(seed)  # noqa: S311
    wait_s = retry_delay_s(receive_count, base_s=base_s, max_s=max_s, random=random)
    assert 0 <= wait_s <= round(min(max_s, MAX_VISIBILITY_TIMEOUT_S))


def test_the_wait_doubles_with_every_receive_and_keeps_at_least_its_half() -> None:
    random = Random(1)  # noqa: S311
    for receive_count, ceiling_s in ((1, 10), (2, 20), (3, 40), (9, 2560), (10, 3000), (99, 3000)):
        drawn = {
            retry_delay_s(receive_count, base_s=10, max_s=3000, random=random) for _ in range(200)
        }
        assert ceiling_s / 2 <= min(drawn)
        assert max(drawn) <= ceiling_s
        assert len(drawn) > 3
