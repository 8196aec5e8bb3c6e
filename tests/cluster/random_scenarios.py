"""Scenarios that nobody thought of: settings and depths drawn from a seed."""

import random
from typing import Any

from tests.cluster.scenario import Scenario, depths, percent, pods, rules
from tests.cluster.scripted_sqs import Depth

SEEDS = range(1, 11)
UNTIL_S = 720
# Seconds past a half minute that are neither a poll nor a sync.
QUIET = (7, 12.5, 17.5, 27)


def random_scenarios() -> list[Scenario]:
    """Return one scenario for each seed; the first seeds have no behavior."""
    return [_scenario(seed, random.Random(seed)) for seed in SEEDS]  # noqa: S311


def _scenario(seed: int, draw: random.Random) -> Scenario:
    minimum = draw.choice((0, 0, 1, 3))
    behavior = None
    if seed > 3:
        behavior = {"scaleUp": _rules(draw, (0, 0, 20)), "scaleDown": _rules(draw, (0, 40, 100))}
    return Scenario(
        f"random-{seed:02}",
        f"settings and depths drawn from the seed {seed}",
        _depths(draw),
        UNTIL_S,
        spec={
            "pollingInterval": draw.choice((5, 10, 20)),
            "cooldownPeriod": draw.choice((20, 45, 90)),
            "minReplicaCount": minimum,
            "maxReplicaCount": draw.choice((8, 15, 24)),
        },
        trigger={"queueLength": str(draw.choice((3, 5, 10, 25)))},
        behavior=behavior,
        initial_replicas=draw.choice((minimum, minimum, minimum + 4)),
    )


def _rules(draw: random.Random, windows: tuple[int, ...]) -> Any:
    policies = [pods(draw.randint(1, 5), draw.choice((15, 30, 60)))]
    if draw.random() < 0.7:
        policies.append(percent(draw.choice((20, 50, 100)), draw.choice((15, 45, 60))))
    return rules(draw.choice(windows), *policies, select=draw.choice(("Max", "Max", "Min")))


def _depths(draw: random.Random) -> list[Depth]:
    """Depths that change every half minute to two minutes, often to nothing."""
    steps: list[Depth] = depths((0, draw.choice((0, 20))))
    half_minute = 1
    while half_minute * 30 < UNTIL_S - 60:
        visible = draw.choice((0, 0, 1, 12, 40, 90, 200))
        in_flight = draw.choice((0, 0, 8)) if visible else 0
        steps.append(Depth(half_minute * 30 + draw.choice(QUIET), visible, in_flight))
        half_minute += draw.randint(1, 4)
    return steps
