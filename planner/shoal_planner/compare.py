"""`shoal-plan compare`: the same arrivals under five policies."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from shoal_planner.comparison import Outcome, cheapest_within, sweep
from shoal_planner.load_options import (
    add_cost_options,
    add_goal_option,
    add_jobs_option,
    add_load_options,
    read_fleet,
    read_goal_s,
    read_trial,
)
from shoal_planner.pictures import check_picture, draw_comparison
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
    add_goal_option(parser)
    add_jobs_option(parser)
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.add_argument(
        "--picture",
        type=Path,
        metavar="FILE",
        help="draw wait and cost against each other (PNG or SVG)",
    )


def run(args: argparse.Namespace) -> int:
    """Compare and print."""
    check_picture(args.picture)
    settings = read_fleet(args)
    goal_s = read_goal_s(args, settings)
    sweeps = sweep(read_trial(args, settings), settings.scaling, jobs=args.jobs)
    written = [outcomes[0] for outcomes in sweeps]
    equal = [cheapest_within(outcomes, goal_s) for outcomes in sweeps]
    if args.json:
        sys.stdout.write(_json(goal_s, written, equal))
    else:
        sys.stdout.write(f"As written\n{text_table(HEAD, [_row(each) for each in written])}\n")
        sys.stdout.write(f"At a p99 wait of at most {goal_s:g} s\n")
        rows = [
            _row(best) if best else [first.name, "none keeps it", *["-"] * (len(HEAD) - 2)]
            for first, best in zip(written, equal, strict=True)
        ]
        sys.stdout.write(text_table(HEAD, rows))
    if args.picture is not None:
        draw_comparison(sweeps, goal_s, args.picture)
    return 0


def _row(outcome: Outcome) -> list[str]:
    return [
        outcome.name,
        outcome.setting,
        f"{outcome.p50_s:.1f} s",
        f"{outcome.p99_s:.1f} s",
        f"{outcome.replica_hours:.0f}",
        f"{outcome.node_hours:.0f}",
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
        "replica_hours": round(outcome.replica_hours, 1),
        "node_hours": round(outcome.node_hours, 1),
        "monthly_cost": round(outcome.cost, 2),
    }
