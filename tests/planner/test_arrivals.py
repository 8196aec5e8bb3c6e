"""Loads: tables that are read, patterns that are drawn."""

from statistics import mean, variance

import pytest

from shoal_planner.arrival_patterns import (
    DAY_S,
    PATTERNS,
    constant,
    diurnal,
    draw,
    pattern,
    poisson,
)
from shoal_planner.arrivals import Arrivals
from shoal_planner.planner_input_error import PlannerInputError
from shoal_planner.seeded import seeded


def test_each_row_lasts_until_the_next_and_the_last_as_long_as_the_one_before() -> None:
    arrivals = Arrivals.from_csv("seconds,messages\n0,10\n60,0\n90,5\n")
    assert list(arrivals.edges_ms) == [0, 60_000, 90_000, 120_000]
    assert arrivals.total == 15
    assert arrivals.before(30_000) == 5


def test_a_table_that_is_written_reads_the_same() -> None:
    drawn = pattern("bursts", rate_per_s=3, duration_s=3_600, rng=seeded(1))
    assert Arrivals.from_csv(drawn.to_csv()).counts == list(drawn.counts)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "seconds,messages"),
        ("time,messages\n0,1\n", "seconds,messages"),
        ("seconds,messages\n", "one row or more"),
        ("seconds,messages\n0,1\n0,2\n", "seconds in arrivals line 3"),
        ("seconds,messages\n0,1.5\n", "line 2"),
        ("seconds,messages\n0,-1\n", "line 2"),
        ("seconds,messages\nnan,1\n", "line 2"),
        ("seconds,messages\n0,1,2\n", "line 2"),
    ],
)
def test_a_table_that_makes_no_sense_is_refused_with_its_line(text: str, says: str) -> None:
    with pytest.raises(PlannerInputError, match=says):
        Arrivals.from_csv(text)


@pytest.mark.parametrize("name", PATTERNS)
def test_one_seed_is_one_load_and_another_seed_another(name: str) -> None:
    def counts(seed: int) -> list[int]:
        return list(pattern(name, rate_per_s=5, duration_s=7_200, rng=seeded(seed)).counts)

    assert counts(1) == counts(1)
    assert counts(1) != counts(2)


@pytest.mark.parametrize("name", sorted({*PATTERNS} - {"heavy-tailed"}))
def test_the_rate_is_the_highest_that_lasts(name: str) -> None:
    drawn = pattern(name, rate_per_s=50, duration_s=DAY_S, rng=seeded(1))
    assert drawn.peak_rate_per_s(60) == pytest.approx(50, rel=0.1)


def test_a_day_has_its_noon_at_noon() -> None:
    rate = diurnal(10)
    assert rate(DAY_S / 2) == pytest.approx(10)
    assert rate(0) == pytest.approx(1)


def test_uploads_of_a_heavy_tail_are_mostly_small_and_sometimes_huge() -> None:
    drawn = pattern("heavy-tailed", rate_per_s=5, duration_s=DAY_S, rng=seeded(1))
    assert drawn.mean_rate_per_s == pytest.approx(1, rel=0.4)
    counts = sorted(drawn.counts)
    assert counts[-1] > 20 * (counts[len(counts) // 2] + 1)


@pytest.mark.parametrize("expected", [0.5, 5.0, 200.0])
def test_counts_are_poisson_in_mean_and_variance(expected: float) -> None:
    rng = seeded(7)
    counts = [poisson(expected, rng) for _ in range(4_000)]
    assert mean(counts) == pytest.approx(expected, rel=0.06)
    assert variance(counts) == pytest.approx(expected, rel=0.1)


def test_nothing_arrives_at_a_rate_of_nothing() -> None:
    assert draw(constant(0), duration_s=600, rng=seeded(1)).total == 0


def test_an_unknown_pattern_is_told_which_there_are() -> None:
    with pytest.raises(PlannerInputError, match="flash-crowd"):
        pattern("weekly", rate_per_s=1, duration_s=60, rng=seeded(1))
