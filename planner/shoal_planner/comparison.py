"""The same arrivals under several policies: what each makes a message wait, and costs."""

from collections.abc import Iterable
from dataclasses import dataclass

from shoal_planner.arrivals import Arrivals
from shoal_planner.contenders import Contender, Position
from shoal_planner.cost import CostOptions, monthly_cost, total
from shoal_planner.fleet import Fleet
from shoal_planner.prices import Prices
from shoal_planner.seeded import seeded
from shoal_planner.simulation import Model, SimulationResult, simulate

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
    result: SimulationResult


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
            result,
        )


def as_written(trial: Trial, contenders: Iterable[Contender]) -> list[Outcome]:
    """Run every policy as it is written."""
    return [trial.run(contender, contender.as_written) for contender in contenders]


def sweep(trial: Trial, contender: Contender) -> list[Outcome]:
    """Run one policy at every position of its knobs, the one as written included."""
    positions = sorted({*contender.positions, contender.as_written})
    return [trial.run(contender, position) for position in positions]


def cheapest_within(outcomes: Iterable[Outcome], p99_s: float) -> Outcome | None:
    """Return the cheapest outcome that waits no longer, or None."""
    within = [outcome for outcome in outcomes if outcome.p99_s <= p99_s]
    return min(within, key=lambda outcome: (outcome.cost, outcome.p99_s), default=None)
