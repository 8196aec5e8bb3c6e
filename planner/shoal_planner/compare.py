"""`shoal-plan compare`: the same arrivals under five policies."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from shoal_planner.comparison import OWN_COST, Outcome, Trial, as_written, cheapest_within, sweep
from shoal_planner.contenders import contenders
from shoal_planner.duration import parse_duration_s
from shoal_planner.load_options import (
    add_cost_options,
    add_load_options,
    read_arrivals,
    read_fleet,
    read_prices,
)
from shoal_planner.planner_input_error import PlannerInputError
from shoal_planner.text_table import text_table

HEAD = ("policy", "setting", "p50 wait", "p99 wait", "replica hours", "node hours", "$ a month")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.description = (
        "Runs the same arrivals under a fixed fleet, an HPA on CPU, a CloudWatch pair of alarms, "
        "a ScaledObject of defaults, and Shoal's settings: first as written, then each at the "
        "cheapest of its settings whose 99th percentile of waits keeps the goal. Costs are of "
        "nodes and SQS requests alone: the rest of the bill is the same for all."
    )
    add_load_options(parser)
    add_cost_options(parser)
    parser.add_argument(
        "--wait",
        metavar="D",
        help="the p99 wait to compare at (default: the fleet's latencyGoal)",
    )
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.add_argument(
        "--picture",
        type=Path,
        metavar="FILE",
        help="draw wait and cost against each other (PNG or SVG)",
    )


def run(args: argparse.Namespace) -> int:
    """Compare and print."""
    settings = read_fleet(args)
    goal_s = settings.latency_goal_s
    if args.wait is not None:
        goal_s = parse_duration_s("--wait", args.wait)
    if goal_s is None:
        raise PlannerInputError(
            "--wait", None, allowed="a duration such as 60s", why="the fleet has no latencyGoal"
        )
    trial = Trial(
        arrivals=read_arrivals(args, settings),
        fleet=settings.fleet,
        prices=read_prices(args),
        options=OWN_COST.on(args.instance_type, args.spot_share),
        seed=args.seed,
        model=args.model,
    )
    entrants = contenders(settings.fleet, settings.scaling)
    written = as_written(trial, entrants)
    sweeps = [sweep(trial, entrant) for entrant in entrants]
    equal = [cheapest_within(outcomes, goal_s) for outcomes in sweeps]
    if args.json:
        sys.stdout.write(_json(goal_s, written, equal))
    else:
        sys.stdout.write(f"As written\n{text_table(HEAD, [_row(each) for each in written])}\n")
        sys.stdout.write(f"At a p99 wait of at most {goal_s:g} s\n")
        rows = [
            _row(each) if each else [entrant.name, "none keeps it", *["-"] * (len(HEAD) - 2)]
            for entrant, each in zip(entrants, equal, strict=True)
        ]
        sys.stdout.write(text_table(HEAD, rows))
    if args.picture is not None:
        from shoal_planner.pictures import draw_comparison  # noqa: PLC0415 - needs matplotlib

        draw_comparison(sweeps, goal_s, args.picture)
    return 0


def _row(outcome: Outcome) -> list[str]:
    return [
        outcome.name,
        outcome.setting,
        f"{outcome.p50_s:.1f} s",
        f"{outcome.p99_s:.1f} s",
        f"{outcome.result.replica_s / 3600:.0f}",
        f"{outcome.result.node_s / 3600:.0f}",
        f"{outcome.cost:.2f}",
    ]


def _json(goal_s: float, written: list[Outcome], equal: list[Outcome | None]) -> str:
    document = {
        "p99_goal_s": goal_s,
        "as_written": [_entry(each) for each in written],
        "at_equal_wait": [_entry(each) if each else None for each in equal],
    }
    return json.dumps(document, indent=2) + "\n"


def _entry(outcome: Outcome) -> dict[str, Any]:
    return {
        "policy": outcome.name,
        "setting": outcome.setting,
        "p50_wait_s": round(outcome.p50_s, 2),
        "p99_wait_s": round(outcome.p99_s, 2),
        "replica_hours": round(outcome.result.replica_s / 3600, 1),
        "node_hours": round(outcome.result.node_s / 3600, 1),
        "monthly_cost": round(outcome.cost, 2),
    }
