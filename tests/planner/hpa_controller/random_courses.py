"""ScaledObjects and backlogs drawn at random, for the controller and the model to run.

Depths change, and KEDA polls, some seconds away from the HPA's syncs: the controller's syncs
drift by some milliseconds each, and at one instant that would decide.
"""

import random
from typing import Any

from tests.planner.manifests import manifest

SYNC_S = 15
CHANGE_AT_S = 7  # after a sync
FIRST_POLL_S = 1.3

Backlog = list[tuple[int, int | None]]


def random_manifest(draw: random.Random) -> dict[str, Any]:
    """Return a ScaledObject's manifest with a trigger of its own."""
    maximum = draw.choice([3, 10, 25, 40, 100])
    spec: dict[str, Any] = {
        "pollingInterval": draw.choice([15, 30, 45, 60]),
        "cooldownPeriod": draw.choice([0, 15, 30, 60, 90, 300]),
        "minReplicaCount": min(maximum, draw.choice([0, 0, 0, 0, 1, 2, 5])),
        "maxReplicaCount": maximum,
    }
    if spec["minReplicaCount"] > 0 and draw.random() < 0.15:
        spec["idleReplicaCount"] = 0
    if draw.random() < 0.2:
        spec["initialCooldownPeriod"] = draw.choice([30, 60, 120])
    behavior = None
    if draw.random() < 0.7:
        drawn = {key: _rules(draw) for key in ("scaleUp", "scaleDown")}
        behavior = {key: rules for key, rules in drawn.items() if rules is not None}
    metadata = {
        "queueLength": str(draw.choice([1, 5, 7, 10, 30])),
        "activationQueueLength": str(draw.choice([0, 0, 0, 5])),
    }
    return manifest(behavior=behavior, metadata=metadata, **spec)


def random_backlog(draw: random.Random, target: int, maximum: int, until_s: int) -> Backlog:
    """Return seconds and messages; None where the queue cannot be read."""
    backlog: Backlog = []
    at_s = 0
    while at_s < until_s:
        fleet = target * maximum
        edge = target * draw.randrange(1, maximum + 1) * draw.choice([0.88, 0.9, 1, 1.1, 1.12])
        sizes = [0, 0, draw.randrange(6), draw.random() * 1.3 * fleet, draw.random() * 0.4 * fleet]
        messages = int(draw.choice([*sizes, 1.2 * fleet * draw.random() ** 3, edge]))
        backlog.append((at_s, None if draw.random() < 0.04 else messages))
        later_s = at_s + draw.choice([15, 30, 45, 60, 75, 120, 240])
        at_s = later_s // SYNC_S * SYNC_S + CHANGE_AT_S
    return backlog


def _rules(draw: random.Random) -> dict[str, Any] | None:
    if draw.random() < 0.15:
        return None
    rules: dict[str, Any] = {}
    if draw.random() < 0.7:
        window_s = draw.choice([0, 0, 15, 30, 40, 60, 90, 120, 300, 600])
        rules["stabilizationWindowSeconds"] = window_s
    if draw.random() < 0.6:
        rules["selectPolicy"] = draw.choice(["Max", "Min", "Max", "Min", "Disabled"])
    if draw.random() < 0.75:
        rules["policies"] = [_policy(draw) for _ in range(draw.choice([1, 1, 2, 3]))]
    if draw.random() < 0.2:
        rules["tolerance"] = draw.choice(["0", "0.05", "50m", "0.2", "0.5", "1"])
    return rules


def _policy(draw: random.Random) -> dict[str, Any]:
    kind = draw.choice(["Pods", "Percent"])
    values = {
        "Pods": [1, 2, 3, 4, 5, 8, 20],
        "Percent": [5, 10, 20, 25, 33, 50, 70, 100, 200, 900],
    }
    periods_s = [5, 15, 15, 20, 30, 45, 60, 90, 120, 180, 300]
    return {
        "type": kind,
        "value": draw.choice(values[kind]),
        "periodSeconds": draw.choice(periods_s),
    }
