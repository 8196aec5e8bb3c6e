"""`shoal-plan tune`: the cheapest settings that keep the latency goal under a load."""

import argparse
import json
import sys
from dataclasses import asdict, replace
from functools import partial

from shoal_planner.comparison import Trial
from shoal_planner.fleet_scaling import FleetScaling
from shoal_planner.load_options import (
    add_cost_options,
    add_goal_option,
    add_jobs_option,
    add_load_options,
    read_fleet,
    read_goal_s,
    read_trial,
)
from shoal_planner.parallel import map_in_processes
from shoal_planner.simulation import MOST_MESSAGES
from shoal_planner.text_table import text_table
from shoal_planner.tuning import Tuned, assess, assess_all, candidates, ranked

SHOWN = 5
HEAD = ("queueLength", "min", "max", "scale-down window", "p99 wait", "$ a month")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.description = (
        "Simulates 240 settings around the fleet's own and shows the cheapest whose 99th "
        "percentile of waits keeps the goal. The search takes the flow model where it fits; "
        f"the winner is run again message by message up to {MOST_MESSAGES} messages."
    )
    add_load_options(parser)
    add_cost_options(parser)
    add_goal_option(parser)
    add_jobs_option(parser)
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(args: argparse.Namespace) -> int:
    """Search and print; 1 where no setting keeps the goal."""
    settings = read_fleet(args)
    goal_s = read_goal_s(args, settings)
    trial = read_trial(args, settings)
    tried = search(trial, settings.scaling, jobs=args.jobs)
    best = ranked(tried, goal_s)
    if not best:
        least = min(tried, key=lambda each: each.p99_s)
        sys.stderr.write(
            f"shoal-plan tune: none of {len(tried)} settings keeps a p99 wait of {goal_s:g} s; "
            f"the least was {least.p99_s:.1f} s (queueLength {least.scaling.queue_length}, min "
            f"{least.scaling.min_replica_count}). Keep more replicas standing, shorten the start "
            "of pods and nodes, or raise the goal.\n"
        )
        return 1
    checked = _checked(trial, best[0])
    sys.stdout.write(_json(best, checked) if args.json else _text(best, checked, len(tried)))
    return 0


def search(trial: Trial, scaling: FleetScaling, *, jobs: int) -> list[Tuned]:
    """Assess every candidate around a fleet's own settings."""
    families = map_in_processes(partial(assess_all, trial), candidates(scaling), jobs=jobs)
    return [tuned for family in families for tuned in family]


def _checked(trial: Trial, best: Tuned) -> Tuned | None:
    """Run the winner message by message, where the search did not and it does not take long."""
    if trial.model != "flow" or trial.arrivals.total > MOST_MESSAGES:
        return None
    return assess(replace(trial, model="message"), best.scaling)


def _text(best: list[Tuned], checked: Tuned | None, tried: int) -> str:
    rows = [
        [
            str(each.scaling.queue_length),
            str(each.scaling.min_replica_count),
            str(each.scaling.max_replica_count),
            f"{each.scaling.scale_down_stabilization_s} s",
            f"{each.p99_s:.1f} s",
            f"{each.cost:.2f}",
        ]
        for each in best[:SHOWN]
    ]
    lines = [f"{len(best)} of {tried} settings keep the goal; the cheapest:"]
    tail = ""
    if checked is not None:
        tail = f"The first, message by message: p99 {checked.p99_s:.1f} s, ${checked.cost:.2f}.\n"
    return "\n".join([*lines, text_table(HEAD, rows)]) + tail


def _json(best: list[Tuned], checked: Tuned | None) -> str:
    document = {
        "best": [asdict(each) for each in best[:SHOWN]],
        "within_goal": len(best),
        "message_by_message": None if checked is None else asdict(checked),
    }
    return json.dumps(document, indent=2) + "\n"
