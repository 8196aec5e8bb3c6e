"""Fleets and runs that several tests use."""

from shoal_planner.arrival_patterns import constant, draw
from shoal_planner.arrivals import Arrivals
from shoal_planner.fixed_fleet import FixedFleet
from shoal_planner.fleet import Fleet
from shoal_planner.processing_time import ProcessingTime, Shape
from shoal_planner.seeded import seeded
from shoal_planner.simulation import Model, SimulationResult, simulate


def steady(rate_per_s: float, duration_s: float, seed: int) -> Arrivals:
    """Return Poisson arrivals at one rate."""
    return draw(constant(rate_per_s), duration_s=duration_s, rng=seeded(seed))


def fleet(mean_s: float = 2.0, shape: Shape = "exponential", concurrency: int = 1) -> Fleet:
    """Return a fleet in which nothing fails and jobs may take an hour."""
    return Fleet(ProcessingTime(mean_s, shape), concurrency=concurrency, longest_job_s=3_600)


def run_fixed(
    arrivals: Arrivals, fleet_: Fleet, replicas: int, *, seed: int = 1, model: Model = "message"
) -> SimulationResult:
    """Run a fixed number of replicas that are there from the start."""
    return simulate(
        arrivals,
        fleet_,
        FixedFleet(replicas),
        rng=seeded(seed),
        initial_replicas=replicas,
        model=model,
    )
