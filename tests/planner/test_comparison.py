"""Searches and comparisons: what must hold whatever the load."""

import pytest

from shoal_planner.arrival_patterns import pattern
from shoal_planner.arrivals import Arrivals
from shoal_planner.comparison import OWN_COST, Trial, cheapest_within, sweep
from shoal_planner.fleet import Fleet
from shoal_planner.fleet_scaling import FleetScaling
from shoal_planner.planner_input_error import PlannerInputError
from shoal_planner.prices import default_prices
from shoal_planner.processing_time import ProcessingTime
from shoal_planner.seeded import seeded
from shoal_planner.sizing import plan_fleet
from shoal_planner.tuning import assess, assess_all, candidates, ranked

FLEET = Fleet(ProcessingTime(2), concurrency=4)
SCALING = FleetScaling(queue_length=120, max_replica_count=13)


def trial(name: str, hours: float = 4) -> Trial:
    arrivals = pattern(name, rate_per_s=20, duration_s=hours * 3_600, rng=seeded(1))
    return Trial(arrivals, FLEET, default_prices(), OWN_COST, model="flow")


@pytest.mark.parametrize("name", ["diurnal", "bursts"])
def test_a_lower_goal_never_costs_less_at_the_same_load(name: str) -> None:
    tuned = [each for family in candidates(SCALING) for each in assess_all(trial(name), family)]
    best = [ranked(tuned, goal_s) for goal_s in (10, 20, 40, 80, 160, 320)]
    costs = [found[0].cost for found in best if found]
    assert len(costs) >= 3
    assert costs == sorted(costs, reverse=True)


def test_a_plan_for_a_lower_goal_waits_less() -> None:
    waits = []
    for goal_s in (20, 60, 180):
        plan = plan_fleet(
            latency_goal_s=goal_s,
            processing_time_s=2,
            peak_rate_per_s=20,
            longest_job_s=60,
            concurrency=4,
        )
        settings = FleetScaling(plan.queue_length, plan.max_replica_count)
        waits.append(assess(trial("diurnal"), settings).p99_s)
    assert waits == sorted(waits)


def test_a_maximum_that_does_not_bind_gives_the_same_run_as_a_larger_one() -> None:
    bursts = trial("bursts", 1)
    for family in list(candidates(SCALING))[::10]:
        shortcut = assess_all(bursts, family)
        assert shortcut == [assess(bursts, scaling) for scaling in family]


def test_at_equal_wait_the_cheapest_that_keeps_it_is_taken() -> None:
    sweeps = sweep(trial("bursts", 1), SCALING)
    for outcomes in sweeps:
        best = cheapest_within(outcomes, 120)
        within = [each for each in outcomes if each.p99_s <= 120]
        assert (best is None) == (not within)
        assert best is None or best.cost == min(each.cost for each in within)


def test_a_search_gives_the_same_in_one_process_and_in_two() -> None:
    short = trial("bursts", 0.5)
    assert sweep(short, SCALING, jobs=1) == sweep(short, SCALING, jobs=2)


def test_arrivals_out_of_order_are_refused() -> None:
    with pytest.raises(PlannerInputError, match="rising"):
        Arrivals([0, 10, 5], [1, 1])
