"""Loads to try a fleet on: constant, diurnal, bursts, flash crowd, heavy-tailed.

Each pattern is a rate in time; `draw` makes Poisson counts of it with a generator that is
passed in, so that one seed is one load. `rate_per_s` is the pattern's highest sustained rate.
"""

import math
from collections.abc import Callable
from random import Random

from shoal_planner.arrivals import Arrivals
from shoal_planner.planner_input_error import PlannerInputError

DAY_S = 86_400
BIN_S = 15.0
"""Width of the bins: the HPA's sync period, the finest that any scaler here looks at."""
NIGHT_SHARE = 0.1
"""Diurnal: the rate at night, of the rate at noon."""
BURST_EVERY_S = 3_600.0
BURST_LASTS_S = 300.0
BURST_BASE_SHARE = 0.05
"""Bursts: the rate between them, of the rate within."""
CROWD_BASE_SHARE = 0.1
CROWD_RISE_S = 60.0
CROWD_FADE_S = 1_800.0
PARETO_SHAPE = 1.5
"""Heavy-tailed: finite mean, infinite variance, as batch sizes of uploads tend to have."""
LARGEST_MEAN_BY_PRODUCT = 30.0

Rate = Callable[[float], float]


def constant(rate_per_s: float) -> Rate:
    """Return the same rate at all times."""
    return lambda _: rate_per_s


def diurnal(rate_per_s: float, *, night_share: float = NIGHT_SHARE) -> Rate:
    """Return a day's wave: the highest at noon, `night_share` of it at midnight."""
    mean = (1 + night_share) / 2
    swing = (1 - night_share) / 2
    return lambda at_s: rate_per_s * (mean - swing * math.cos(2 * math.pi * at_s / DAY_S))


def bursts(rate_per_s: float) -> Rate:
    """Return five minutes of the full rate at the half of every hour, and a trickle between."""
    start_s = (BURST_EVERY_S - BURST_LASTS_S) / 2

    def rate(at_s: float) -> float:
        inside = start_s <= at_s % BURST_EVERY_S < start_s + BURST_LASTS_S
        return rate_per_s if inside else rate_per_s * BURST_BASE_SHARE

    return rate


def flash_crowd(rate_per_s: float, *, at_s: float) -> Rate:
    """Return a tenth of the rate, and once the full rate: risen in a minute, faded in hours."""

    def rate(now_s: float) -> float:
        since_s = now_s - at_s
        if since_s < 0:
            height = 0.0
        elif since_s < CROWD_RISE_S:
            height = since_s / CROWD_RISE_S
        else:
            height = math.exp(-(since_s - CROWD_RISE_S) / CROWD_FADE_S)
        return rate_per_s * (CROWD_BASE_SHARE + (1 - CROWD_BASE_SHARE) * height)

    return rate


def draw(rate: Rate, *, duration_s: float, rng: Random, bin_s: float = BIN_S) -> Arrivals:
    """Draw Poisson counts for a rate in time, over `duration_s` in bins of `bin_s` seconds."""
    bins = max(1, math.ceil(duration_s / bin_s))
    counts = [poisson(rate((i + 0.5) * bin_s) * bin_s, rng) for i in range(bins)]
    return Arrivals([round(i * bin_s * 1000) for i in range(bins + 1)], counts)


def heavy_tailed(
    rate_per_s: float, *, duration_s: float, rng: Random, bin_s: float = BIN_S
) -> Arrivals:
    """Draw uploads at random instants whose sizes are Pareto: most of one, some of thousands.

    The mean rate is a fifth of `rate_per_s`; no single upload exceeds five minutes of it.
    """
    largest = max(1.0, rate_per_s * 300)
    mean_size = PARETO_SHAPE / (PARETO_SHAPE - 1)
    uploads = poisson(rate_per_s / 5 / mean_size * duration_s, rng)
    bins = max(1, math.ceil(duration_s / bin_s))
    counts = [0] * bins
    for _ in range(uploads):
        size = min(largest, rng.paretovariate(PARETO_SHAPE))
        counts[rng.randrange(bins)] += int(size)
    return Arrivals([round(i * bin_s * 1000) for i in range(bins + 1)], counts)


PATTERNS = ("bursts", "constant", "diurnal", "flash-crowd", "heavy-tailed")


def pattern(
    name: str, *, rate_per_s: float, duration_s: float, rng: Random, bin_s: float = BIN_S
) -> Arrivals:
    """Draw one of PATTERNS by its name; raise PlannerInputError for any other."""
    if name == "heavy-tailed":
        return heavy_tailed(rate_per_s, duration_s=duration_s, rng=rng, bin_s=bin_s)
    rates: dict[str, Callable[[], Rate]] = {
        "constant": lambda: constant(rate_per_s),
        "diurnal": lambda: diurnal(rate_per_s),
        "bursts": lambda: bursts(rate_per_s),
        "flash-crowd": lambda: flash_crowd(rate_per_s, at_s=duration_s / 3),
    }
    if name not in rates:
        raise PlannerInputError(
            "arrivals", name, allowed=f"a CSV file, or one of {', '.join(PATTERNS)}"
        )
    return draw(rates[name](), duration_s=duration_s, rng=rng, bin_s=bin_s)


def poisson(mean: float, rng: Random) -> int:
    """Draw a Poisson number: by products of uniforms when small, else by the normal limit."""
    if mean <= 0:
        return 0
    if mean > LARGEST_MEAN_BY_PRODUCT:
        return max(0, round(rng.gauss(mean, math.sqrt(mean))))
    limit, count, product = math.exp(-mean), 0, rng.random()
    while product > limit:
        count += 1
        product *= rng.random()
    return count
