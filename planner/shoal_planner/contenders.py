"""The policies that `compare` sets against each other, and the knobs of each.

As written: a fixed fleet for the peak with headroom; an HPA at 70 % CPU; two rules that teams
report having started with (a CloudWatch pair that adds one instance above 100 visible messages
for 5 minutes and removes one below 20 for 10, and a ScaledObject of KEDA's defaults with
queueLength 5 and at most 20 replicas); and Shoal's settings. At equal wait: each with its knobs
turned to the cheapest position that keeps the 99th percentile of the waits within the goal.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from shoal_planner.auto_scaling_group import AutoScalingGroup
from shoal_planner.cloudwatch_alarm import AlarmRule
from shoal_planner.cpu_scaler import CpuScaler
from shoal_planner.fixed_fleet import FixedFleet
from shoal_planner.fleet import Fleet
from shoal_planner.fleet_scaler import FleetScaler
from shoal_planner.fleet_scaling import FleetScaling
from shoal_planner.replica_scaler import ReplicaScaler
from shoal_planner.scaled_object import ScaledObject
from shoal_planner.scaling_policy import SimpleScaling

CPU_TARGET_PERCENT = 70
REPORTED_SCALED_OBJECT = ScaledObject(
    queue_length=5,
    polling_interval_s=30,
    cooldown_period_s=300,
    min_replica_count=1,
    max_replica_count=20,
)
REPORTED_OUT = AlarmRule(">", 100, evaluation_periods=5)
REPORTED_IN = AlarmRule("<", 20, evaluation_periods=10)
QUEUE_SHARES = (0.01, 0.02, 0.05, 0.2, 0.4, 0.5, 0.55, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)
STANDING_SHARES = (0.0, 0.125, 0.25, 0.375, 0.5, 0.75)

KEDA_KNOBS = ("queueLength", "min", "max")

Position = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Contender:
    """A policy: its name, what its knobs are called, their position as written, and others.

    `scaler` makes a new scaler for a position; `initial` are the replicas to start with.
    """

    name: str
    knobs: tuple[str, ...]
    as_written: Position
    positions: Sequence[Position]
    scaler: Callable[[Position], ReplicaScaler]
    initial: Callable[[Position], int]

    def describe(self, position: Position) -> str:
        """Return the position in words, such as `queueLength 108, min 2`."""
        return ", ".join(f"{n} {v}" for n, v in zip(self.knobs, position, strict=True))


def contenders(fleet: Fleet, scaling: FleetScaling) -> list[Contender]:
    """Return the policies for a fleet whose own settings are `scaling`."""
    largest = scaling.max_replica_count
    roomy = 2 * largest  # what a policy that needs more than the plan's largest may have
    return [
        _fixed(largest),
        _cpu(fleet, largest),
        _reported_alarms(largest),
        _reported_scaled_object(fleet, scaling, roomy),
        _shoal(fleet, scaling, roomy),
    ]


def _fixed(largest: int) -> Contender:
    return Contender(
        "fixed fleet",
        ("replicas",),
        (largest,),
        [(replicas,) for replicas in range(1, largest + 1)],
        lambda position: FixedFleet(position[0]),
        lambda position: position[0],
    )


def _cpu(fleet: Fleet, largest: int) -> Contender:
    def scaler(position: Position) -> ReplicaScaler:
        return CpuScaler(
            target_percent=position[0],
            min_replicas=1,
            max_replicas=largest,
            concurrency=fleet.concurrency,
            cpu_share=fleet.cpu_share,
        )

    highest = max(2, round(fleet.cpu_share * 100))  # more than that the fleet never shows
    targets = {max(1, round(highest * percent / 100)) for percent in range(10, 100, 5)}
    positions = [(target,) for target in sorted(targets)]
    return Contender("CPU HPA", ("CPU %",), (CPU_TARGET_PERCENT,), positions, scaler, lambda _: 1)


def _reported_alarms(largest: int) -> Contender:
    def scaler(position: Position) -> ReplicaScaler:
        rules = SimpleScaling((REPORTED_OUT, 1), (REPORTED_IN, -1))
        return AutoScalingGroup([rules], min_size=position[0], max_size=largest)

    positions = [(size,) for size in range(1, largest + 1)]
    return Contender(
        "CloudWatch +1/-1", ("min",), (1,), positions, scaler, lambda position: position[0]
    )


def _reported_scaled_object(fleet: Fleet, scaling: FleetScaling, roomy: int) -> Contender:
    written = REPORTED_SCALED_OBJECT
    as_written = (written.queue_length, written.min_replica_count, written.max_replica_count)

    def scaler(position: Position) -> ReplicaScaler:
        length, least, most = position
        changed = replace(
            written, queue_length=length, min_replica_count=least, max_replica_count=most
        )
        return FleetScaler(changed, created_ms=0)

    return Contender(
        "reported ScaledObject",
        KEDA_KNOBS,
        as_written,
        _keda_positions(fleet, scaling, roomy, least=1),
        scaler,
        lambda position: position[1],
    )


def _shoal(fleet: Fleet, scaling: FleetScaling, roomy: int) -> Contender:
    def scaler(position: Position) -> ReplicaScaler:
        length, least, most = position
        changed = replace(
            scaling, queue_length=length, min_replica_count=least, max_replica_count=most
        )
        return FleetScaler(changed.scaled_object(), created_ms=0)

    return Contender(
        "Shoal",
        KEDA_KNOBS,
        (scaling.queue_length, scaling.min_replica_count, scaling.max_replica_count),
        _keda_positions(fleet, scaling, roomy, least=scaling.min_replica_count),
        scaler,
        lambda position: position[1],
    )


def _keda_positions(
    fleet: Fleet, scaling: FleetScaling, roomy: int, *, least: int
) -> list[Position]:
    lengths = {max(1, round(scaling.queue_length * share)) for share in QUEUE_SHARES}
    standing = {max(least, round(scaling.max_replica_count * s)) for s in STANDING_SHARES}
    return [
        (length, minimum, roomy)
        for length in sorted({*lengths, fleet.concurrency})
        for minimum in sorted(standing)
    ]
