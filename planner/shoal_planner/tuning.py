"""The search for the cheapest settings that keep a latency goal."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

from shoal_planner.comparison import Trial
from shoal_planner.cost import monthly_cost, total
from shoal_planner.fleet_scaler import FleetScaler
from shoal_planner.fleet_scaling import FleetScaling
from shoal_planner.seeded import seeded
from shoal_planner.simulation import simulate

QUEUE_SHARES = (0.01, 0.05, 0.2, 0.5, 0.7, 0.8, 0.9, 1.0)
STABILIZATIONS_S = (0, 60, 300)
LARGEST_SHARES = (1.6, 1.0)
STANDING_SHARES = (0.0, 0.125, 0.25, 0.375, 0.5)


@dataclass(frozen=True, slots=True)
class Tuned:
    """One candidate: its settings, the 99th percentile of its waits, its cost a month."""

    scaling: FleetScaling
    p99_s: float
    cost: float
    most_replicas: int


def candidates(scaling: FleetScaling) -> Iterator[tuple[FleetScaling, ...]]:
    """Yield 240 settings around the given ones, those that differ only in the maximum together.

    The scaling target and the largest fleet as shares of theirs, replicas that always stand as
    shares of the largest fleet, and the window a scale-in looks back. The roomiest comes first.
    """
    for queue, stabilization_s, standing in product(
        QUEUE_SHARES, STABILIZATIONS_S, STANDING_SHARES
    ):
        yield tuple(
            replace(
                scaling,
                queue_length=max(1, round(scaling.queue_length * queue)),
                scale_down_stabilization_s=stabilization_s,
                max_replica_count=round(scaling.max_replica_count * largest),
                min_replica_count=max(
                    scaling.min_replica_count, round(scaling.max_replica_count * standing)
                ),
            )
            for largest in LARGEST_SHARES
        )


def assess_all(trial: Trial, settings: Sequence[FleetScaling]) -> list[Tuned]:
    """Simulate settings that differ only in the maximum, the roomiest first.

    A run that never wanted more than a smaller maximum is that one's run too, to the tick.
    """
    tuned: list[Tuned] = []
    for scaling in settings:
        if tuned and tuned[-1].most_replicas <= scaling.max_replica_count:
            tuned.append(replace(tuned[-1], scaling=scaling))
        else:
            tuned.append(assess(trial, scaling))
    return tuned


def assess(trial: Trial, scaling: FleetScaling) -> Tuned:
    """Simulate one candidate."""
    result = simulate(
        trial.arrivals,
        trial.fleet,
        FleetScaler(scaling.scaled_object(), created_ms=0),
        rng=seeded(trial.seed),
        initial_replicas=scaling.min_replica_count,
        model=trial.model,
    )
    (p99_s,) = result.waits.percentiles_s(99)
    bill = monthly_cost(result, trial.fleet, trial.prices, trial.options)
    return Tuned(scaling, p99_s, total(bill), result.most_replicas)


def ranked(tuned: Iterable[Tuned], p99_s: float) -> list[Tuned]:
    """Return those within the goal: cheapest first, then shortest wait, then smallest maximum."""
    within = [each for each in tuned if each.p99_s <= p99_s]
    return sorted(within, key=_preference)


def _preference(tuned: Tuned) -> tuple[float, float, int]:
    return round(tuned.cost, 2), tuned.p99_s, tuned.scaling.max_replica_count
