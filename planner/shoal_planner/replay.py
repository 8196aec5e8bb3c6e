"""`shoal-plan replay`: what KEDA and the HPA would have done to a recorded queue."""

import argparse
import csv
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from shoal_planner.depth_file import read_depth_file
from shoal_planner.depth_trace import DepthTrace
from shoal_planner.fleet_scaler import FleetScaler
from shoal_planner.hpa import SYNC_PERIOD_MS
from shoal_planner.hpa_behavior import DOWNSCALE_STABILIZATION_S
from shoal_planner.int32 import INT32_MAX
from shoal_planner.manifest_file import read_scaled_object_manifest
from shoal_planner.milliseconds import format_seconds, parse_seconds_ms
from shoal_planner.planner_input_error import PlannerInputError
from shoal_planner.scaled_object import ScaledObject

_LONGEST_SETTLING_MS = 24 * 3600 * 1000


class ReplicaChange(NamedTuple):
    """From `at_ms` on, this many replicas."""

    at_ms: int
    replicas: int


def replay(
    scaled_object: ScaledObject,
    trace: DepthTrace,
    *,
    initial_replicas: int,
    first_poll_ms: int = 0,
    first_sync_ms: int = SYNC_PERIOD_MS,
    sync_period_ms: int = SYNC_PERIOD_MS,
    until_ms: int | None = None,
) -> list[ReplicaChange]:
    """Return the replicas over time: the state at 0, then every change before `until_ms`.

    The ScaledObject is created at 0. Pods follow the spec before the next sync. A state that
    lasts no time is left out. Without `until_ms` the replay goes on after the last recorded
    depth until the fleet has settled.
    """
    scaler = FleetScaler(
        scaled_object,
        created_ms=0,
        first_poll_ms=first_poll_ms,
        first_sync_ms=first_sync_ms,
        sync_period_ms=sync_period_ms,
    )
    settling_ms = _settling_ms(scaled_object)
    initial_cooldown_ms = scaled_object.initial_cooldown_period_s * 1000
    changes = [ReplicaChange(0, initial_replicas)]
    replicas = initial_replicas
    while True:
        now_ms = scaler.next_due_ms
        end_ms = until_ms
        if end_ms is None:
            quiet_since_ms = max(trace.last_ms, changes[-1].at_ms, initial_cooldown_ms)
            end_ms = min(quiet_since_ms + settling_ms, trace.last_ms + _LONGEST_SETTLING_MS)
        if now_ms >= end_ms:
            return changes
        depth = trace.at(now_ms)
        after = scaler.step(now_ms, depth, spec_replicas=replicas, status_replicas=replicas)
        if after != replicas:
            replicas = after
            _append(changes, ReplicaChange(now_ms, replicas))


def _append(changes: list[ReplicaChange], change: ReplicaChange) -> None:
    """Add a change; what it replaces at the same instant has lasted no time."""
    if changes[-1].at_ms == change.at_ms:
        changes.pop()
    if not changes or changes[-1].replicas != change.replicas:
        changes.append(change)


def _settling_ms(scaled_object: ScaledObject) -> int:
    """Return how long nothing must move for nothing to move any more."""
    behavior = scaled_object.hpa_behavior
    memories_s = [scaled_object.cooldown_period_s, DOWNSCALE_STABILIZATION_S]
    if behavior is not None:
        for rules in (behavior.scale_up, behavior.scale_down):
            memories_s += [rules.stabilization_window_s, rules.longest_period_s]
    rounds = 2
    if scaled_object.fallback is not None:
        rounds += scaled_object.fallback.failure_threshold
    round_ms = scaled_object.polling_interval_s * 1000 + SYNC_PERIOD_MS
    return max(memories_s) * 1000 + rounds * round_ms


def resting_replicas(scaled_object: ScaledObject) -> int:
    """Return what a fleet without work runs: idleReplicaCount, or else minReplicaCount."""
    idle = scaled_object.idle_replica_count
    return scaled_object.min_replica_count if idle is None else idle


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.description = (
        "Replays a recorded queue depth through KEDA's polling loop and the HPA, tick for tick, "
        "and prints CSV (seconds,replicas): the start, then every change. The ScaledObject is "
        "created at 0 s. Where a sync and a poll fall on one instant, the sync goes first."
    )
    parser.add_argument(
        "--scaledobject",
        type=Path,
        required=True,
        metavar="FILE",
        help="a ScaledObject as YAML or JSON; other objects in the file are passed over",
    )
    parser.add_argument(
        "--depth",
        type=Path,
        required=True,
        metavar="FILE",
        help="CSV with the header seconds,visible,in_flight,delayed (a step function; the last "
        "two columns may be absent; an empty visible is a failed request), or a CloudWatch "
        "export: get-metric-data, get-metric-statistics, the console's CSV",
    )
    parser.add_argument(
        "--initial-replicas",
        metavar="N",
        help="replicas at 0 s (default: idleReplicaCount, or else minReplicaCount)",
    )
    parser.add_argument(
        "--first-poll",
        default="0",
        metavar="S",
        help="KEDA's first poll, in seconds after creation (default: 0)",
    )
    parser.add_argument(
        "--first-sync",
        default=format_seconds(SYNC_PERIOD_MS),
        metavar="S",
        help="the HPA's first sync, in seconds after creation (default: %(default)s)",
    )
    parser.add_argument(
        "--sync-period",
        default=format_seconds(SYNC_PERIOD_MS),
        metavar="S",
        help="from one sync to the next (default: %(default)s, as kube-controller-manager's); "
        "a busy controller's syncs come a few hundredths of a second later, 15.02",
    )
    parser.add_argument(
        "--until",
        metavar="S",
        help="stop before this second (default: when the fleet has settled after the last depth)",
    )


def run(args: argparse.Namespace) -> int:
    """Replay and print; raise PlannerInputError for what cannot be replayed."""
    scaled_object = ScaledObject.from_manifest(read_scaled_object_manifest(args.scaledobject))
    changes = replay(
        scaled_object,
        read_depth_file(args.depth),
        initial_replicas=_initial_replicas(args.initial_replicas, scaled_object),
        first_poll_ms=parse_seconds_ms("--first-poll", args.first_poll),
        first_sync_ms=parse_seconds_ms("--first-sync", args.first_sync),
        sync_period_ms=_sync_period_ms(args.sync_period),
        until_ms=None if args.until is None else parse_seconds_ms("--until", args.until),
    )
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(("seconds", "replicas"))
    writer.writerows(_rows(changes))
    return 0


def _initial_replicas(text: str | None, scaled_object: ScaledObject) -> int:
    if text is None:
        return resting_replicas(scaled_object)
    if not text.strip().isdecimal() or int(text) > INT32_MAX:
        allowed = f"a whole number from 0 to {INT32_MAX}"
        raise PlannerInputError("--initial-replicas", text, allowed=allowed)
    return int(text)


def _sync_period_ms(text: str) -> int:
    period_ms = parse_seconds_ms("--sync-period", text)
    if period_ms == 0:
        raise PlannerInputError("--sync-period", text, allowed="more than 0")
    return period_ms


def _rows(changes: list[ReplicaChange]) -> Iterator[tuple[str, int]]:
    for change in changes:
        yield format_seconds(change.at_ms), change.replicas
