"""How fast the planner simulates: wall-clock seconds, best of a few runs, on one core.

Run it as ``python bench/planner/bench_planner.py``, or with the others by ``make bench``.
"""

import os
import sys
import time
from collections.abc import Callable

from shoal_planner.arrival_patterns import DAY_S, pattern
from shoal_planner.comparison import OWN_COST, Trial
from shoal_planner.fleet import Fleet
from shoal_planner.fleet_scaler import FleetScaler
from shoal_planner.fleet_scaling import FleetScaling
from shoal_planner.prices import default_prices
from shoal_planner.processing_time import ProcessingTime
from shoal_planner.seeded import seeded
from shoal_planner.simulation import Model, simulate
from shoal_planner.text_table import text_table
from shoal_planner.tune import search
from shoal_planner.tuning import candidates

RUNS = 3
WEEK_S = 7 * DAY_S
FLEET = Fleet(ProcessingTime(2), concurrency=4)
SCALING = FleetScaling(queue_length=109, max_replica_count=32)
HEAD = ("what", "messages", "scaler ticks", "seconds")


def main() -> None:
    """Measure and print a table."""
    rows = [
        _simulated("a week, diurnal, 50/s at noon, flow", "diurnal", 50, WEEK_S, "flow"),
        _simulated("a week, bursts of 50/s, flow", "bursts", 50, WEEK_S, "flow"),
        _simulated("a week, diurnal, 0.5/s, by message", "diurnal", 0.5, WEEK_S, "message"),
        _simulated("a day, diurnal, 2/s, by message", "diurnal", 2, DAY_S, "message"),
        _tuned(jobs=1),
        _tuned(jobs=os.cpu_count() or 1),
    ]
    sys.stdout.write(text_table(HEAD, rows))


def _simulated(what: str, name: str, rate: float, duration_s: float, model: Model) -> list[str]:
    arrivals = pattern(name, rate_per_s=rate, duration_s=duration_s, rng=seeded(1))
    ticks = 0

    def run() -> None:
        nonlocal ticks
        scaler = FleetScaler(SCALING.scaled_object(), created_ms=0)
        result = simulate(arrivals, FLEET, scaler, rng=seeded(1), model=model)
        result.waits.percentiles_s(50, 99)
        ticks = len(result.timeline)

    seconds = _best(run, RUNS)
    return [what, f"{arrivals.total:,}", f"{ticks:,}", f"{seconds:.2f}"]


def _tuned(*, jobs: int) -> list[str]:
    arrivals = pattern("diurnal", rate_per_s=50, duration_s=DAY_S, rng=seeded(1))
    trial = Trial(arrivals, FLEET, default_prices(), OWN_COST, model="flow")
    settings = sum(len(family) for family in candidates(SCALING))
    seconds = _best(lambda: search(trial, SCALING, jobs=jobs), 1)
    what = f"tune: {settings} settings of a day, {jobs} process{'es' * (jobs > 1)}"
    return [what, f"{arrivals.total:,}", "", f"{seconds:.2f}"]


def _best(work: Callable[[], object], runs: int) -> float:
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


if __name__ == "__main__":
    main()
