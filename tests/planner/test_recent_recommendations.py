"""The window of recommendations against the list that the HPA walks."""

from hypothesis import given
from hypothesis import strategies as st

from shoal_planner.recent_recommendations import RecentRecommendations

syncs = st.lists(st.tuples(st.integers(1, 40), st.integers(0, 50)), max_size=40)


@given(window_ms=st.integers(0, 120), syncs=syncs, highest=st.booleans())
def test_it_answers_as_a_walk_over_every_recommendation_would(
    window_ms: int, syncs: list[tuple[int, int]], *, highest: bool
) -> None:
    recent = RecentRecommendations(window_ms, highest=highest)
    remembered: list[tuple[int, int]] = []
    now_ms = 0
    for gap_ms, recommendation in syncs:
        now_ms += gap_ms
        young = [value for at_ms, value in remembered if now_ms - at_ms < window_ms]
        pick = max if highest else min
        assert recent.extreme(now_ms, recommendation) == pick([*young, recommendation])
        recent.add(now_ms, recommendation)
        remembered.append((now_ms, recommendation))
