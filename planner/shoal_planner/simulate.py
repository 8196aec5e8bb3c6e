"""`shoal-plan simulate`: arrivals through queue, scaler and agents."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from shoal_planner.cost import CostOptions, monthly_cost, total
from shoal_planner.document_file import check_folder
from shoal_planner.fixed_fleet import FixedFleet
from shoal_planner.fleet_file import FleetSettings
from shoal_planner.fleet_scaler import FleetScaler
from shoal_planner.load_options import (
    add_cost_options,
    add_load_options,
    read_arrivals,
    read_fleet,
    read_prices,
)
from shoal_planner.manifest_file import read_scaled_object_manifest
from shoal_planner.option_values import whole_number
from shoal_planner.pictures import check_picture, draw_timeline
from shoal_planner.planner_input_error import PlannerInputError
from shoal_planner.replay import resting_replicas
from shoal_planner.replica_scaler import ReplicaScaler
from shoal_planner.scaled_object import ScaledObject
from shoal_planner.seeded import seeded
from shoal_planner.simulation import SimulationResult, simulate

PERCENTS = (50, 90, 95, 99, 100)


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.description = (
        "Sends arrivals through a queue, its scaler and its agents, and says how long messages "
        "waited, how many replicas ran, and what a month like that costs."
    )
    add_load_options(parser)
    add_cost_options(parser)
    scaler = parser.add_mutually_exclusive_group()
    scaler.add_argument(
        "--scaledobject", type=Path, metavar="FILE", help="scale by this ScaledObject instead"
    )
    scaler.add_argument("--replicas", type=whole_number, metavar="N", help="a fixed fleet instead")
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.add_argument(
        "--timeline",
        type=Path,
        metavar="FILE",
        help="write CSV: seconds,visible,in_flight,replicas,ready",
    )
    parser.add_argument(
        "--picture", type=Path, metavar="FILE", help="draw backlog and replicas (PNG or SVG)"
    )


def run(args: argparse.Namespace) -> int:
    """Simulate and print."""
    check_picture(args.picture)
    if args.timeline is not None:
        check_folder(args.timeline, "--timeline")
    settings = read_fleet(args)
    arrivals = read_arrivals(args, settings)
    scaler, initial = _scaler(args, settings)
    result = simulate(
        arrivals,
        settings.fleet,
        scaler,
        rng=seeded(args.seed),
        initial_replicas=initial,
        model=args.model,
    )
    options = CostOptions(instance_type=args.instance_type, spot_share=args.spot_share)
    cost = total(monthly_cost(result, settings.fleet, read_prices(args), options))
    summary = _summary(result, cost, settings)
    sys.stdout.write(json.dumps(summary, indent=2) + "\n" if args.json else _text(summary))
    if args.timeline is not None:
        args.timeline.write_text(_timeline(result))
    if args.picture is not None:
        draw_timeline(result, args.picture)
    return 0


def _scaler(args: argparse.Namespace, settings: FleetSettings) -> tuple[ReplicaScaler, int]:
    if args.replicas is not None:
        if args.replicas < 0:
            raise PlannerInputError("--replicas", args.replicas, allowed="0 or more")
        return FixedFleet(args.replicas), args.replicas
    if args.scaledobject is not None:
        scaled_object = ScaledObject.from_manifest(read_scaled_object_manifest(args.scaledobject))
    else:
        scaled_object = settings.scaling.scaled_object()
    return FleetScaler(scaled_object, created_ms=0), resting_replicas(scaled_object)


def _summary(result: SimulationResult, cost: float, settings: FleetSettings) -> dict[str, Any]:
    waits = result.waits.percentiles_s(*PERCENTS)
    return {
        "model": result.model,
        "duration_s": result.duration_s,
        "sent": round(result.sent),
        "done": round(result.done),
        "dead_lettered": round(result.dead),
        "remaining": round(result.remaining),
        "redelivered": round(result.redelivered),
        "wait_s": {
            "mean": round(result.waits.mean_s, 2),
            **{f"p{p}": round(w, 2) for p, w in zip(PERCENTS, waits, strict=True)},
        },
        "latency_goal_s": settings.latency_goal_s,
        "most_replicas": result.most_replicas,
        "mean_replicas": round(result.replica_s / result.duration_s, 2),
        "replica_hours": round(result.replica_s / 3600, 1),
        "node_hours": round(result.node_s / 3600, 1),
        "largest_backlog": max((k.visible + k.in_flight for k in result.timeline), default=0),
        "monthly_cost": round(cost, 2),
    }


def _text(summary: dict[str, Any]) -> str:
    lines = []
    for key, value in summary.items():
        name = key.removesuffix("_s").replace("_", " ")
        if isinstance(value, dict):
            text = "  ".join(f"{k} {v:g} s" for k, v in value.items())
        elif value is None:
            continue
        elif key.endswith("_s"):
            text = f"{value:g} s"
        else:
            text = str(value)
        lines.append(f"{name:<16}  {text}")
    return "\n".join(lines) + "\n"


def _timeline(result: SimulationResult) -> str:
    rows = [
        f"{k.at_ms / 1000:g},{k.visible},{k.in_flight},{k.replicas},{k.ready}"
        for k in result.timeline
    ]
    return "\n".join(["seconds,visible,in_flight,replicas,ready", *rows, ""])
