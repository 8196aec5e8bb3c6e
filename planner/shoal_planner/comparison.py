"""The same arrivals under several policies: what each makes a message wait, and costs."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from shoal_planner.arrivals import Arrivals
from shoal_planner.contenders import Contender, Position, contenders
from shoal_planner.cost import CostOptions, monthly_cost, total
from shoal_planner.fleet import Fleet
from shoal_planner.fleet_scaling import FleetScaling
from shoal_planner.parallel import map_in_processes
from shoal_planner.prices import Prices
from shoal_planner.seeded import seeded
from shoal_planner.simulation import Model, simulate

OWN_COST = CostOptions(cluster=False, network="none", alarms=0, log_kb_per_message=0)
"""What a policy can change: nodes and requests. The rest of the bill is the same for all."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One policy at one position of its knobs: waits in seconds, cost a month, all the rest."""

    name: str
    setting: str
    position: Position
    p50_s: float
    p99_s: float
    cost: float
    replica_hours: float
    node_hours: float


@dataclass(frozen=True, slots=True)
class Trial:
    """What every policy is given alike: load, fleet, prices, seed, model."""

    arrivals: Arrivals
    fleet: Fleet
    prices: Prices
    options: CostOptions = OWN_COST
    seed: int = 1
    model: Model = "auto"

    def run(self, contender: Contender, position: Position) -> Outcome:
        """Simulate one policy at one position of its knobs."""
        result = simulate(
            self.arrivals,
            self.fleet,
            contender.scaler(position),
            rng=seeded(self.seed),
            initial_replicas=contender.initial(position),
            model=self.model,
        )
        p50_s, p99_s = result.waits.percentiles_s(50, 99)
        bill = monthly_cost(result, self.fleet, self.prices, self.options)
        return Outcome(
            contender.name,
            contender.describe(position),
            position,
            p50_s,
            p99_s,
            total(bill),
            result.replica_s / 3600,
            result.node_s / 3600,
        )


def sweep(trial: Trial, scaling: FleetScaling, *, jobs: int = 1) -> list[list[Outcome]]:
    """Run every policy at every position of its knobs; one list a policy, as written first."""
    runs = [
        (number, position)
        for number, entrant in enumerate(contenders(trial.fleet, scaling))
        for position in dict.fromkeys([entrant.as_written, *entrant.positions])
    ]
    outcomes = map_in_processes(partial(_run, trial, scaling), runs, jobs=jobs)
    by_policy: dict[int, list[Outcome]] = {}
    for (number, _), outcome in zip(runs, outcomes, strict=True):
        by_policy.setdefault(number, []).append(outcome)
    return list(by_policy.values())


def _run(trial: Trial, scaling: FleetScaling, run: tuple[int, Position]) -> Outcome:
    number, position = run
    return trial.run(contenders(trial.fleet, scaling)[number], position)


def cheapest_within(outcomes: Iterable[Outcome], p99_s: float) -> Outcome | None:
    """Return the cheapest outcome that waits no longer, or None."""
    within = [outcome for outcome in outcomes if outcome.p99_s <= p99_s]
    return min(within, key=lambda outcome: (outcome.cost, outcome.p99_s), default=None)
