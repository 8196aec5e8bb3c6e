"""`shoal-plan tune`: the cheapest settings that keep the latency goal under a load."""

import argparse
import json
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, replace
from functools import partial

from shoal_planner.comparison import OWN_COST, Trial
from shoal_planner.duration import parse_duration_s
from shoal_planner.fleet_scaling import FleetScaling
from shoal_planner.flow_station import FlowStation
from shoal_planner.load_options import (
    add_cost_options,
    add_load_options,
    read_arrivals,
    read_fleet,
    read_prices,
)
from shoal_planner.planner_input_error import PlannerInputError
from shoal_planner.simulation import MOST_MESSAGES
from shoal_planner.text_table import text_table
from shoal_planner.tuning import Tuned, assess, candidates, ranked

SHOWN = 5
HEAD = ("queueLength", "min", "max", "scale-down window", "p99 wait", "$ a month")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.description = (
        "Simulates 200 settings around the fleet's own and shows the cheapest whose 99th "
        "percentile of waits keeps the goal. The search takes the flow model where it fits; "
        f"the winner is run again message by message up to {MOST_MESSAGES} messages."
    )
    add_load_options(parser)
    add_cost_options(parser)
    parser.add_argument(
        "--wait", metavar="D", help="the p99 wait to keep (default: the fleet's latencyGoal)"
    )
    parser.add_argument(
        "--jobs",
        type=int,
        default=os.cpu_count(),
        metavar="N",
        help="processes to search with (default: one a core, %(default)s)",
    )
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(args: argparse.Namespace) -> int:
    """Search and print; 1 where no setting keeps the goal."""
    settings = read_fleet(args)
    goal_s = settings.latency_goal_s
    if args.wait is not None:
        goal_s = parse_duration_s("--wait", args.wait)
    if goal_s is None:
        raise PlannerInputError(
            "--wait", None, allowed="a duration such as 60s", why="the fleet has no latencyGoal"
        )
    searching = args.model
    if searching == "auto" and FlowStation.fits(settings.fleet):
        searching = "flow"
    trial = Trial(
        arrivals=read_arrivals(args, settings),
        fleet=settings.fleet,
        prices=read_prices(args),
        options=OWN_COST.on(args.instance_type, args.spot_share),
        seed=args.seed,
        model=searching,
    )
    tried = search(trial, [*candidates(settings.scaling)], jobs=args.jobs)
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


def search(trial: Trial, settings: list[FleetScaling], *, jobs: int | None = 1) -> list[Tuned]:
    """Assess every candidate, in as many processes as asked for; the order is kept."""
    if jobs == 1:
        return [assess(trial, each) for each in settings]
    with ProcessPoolExecutor(max_workers=jobs) as pool:
        return list(pool.map(partial(assess, trial), settings, chunksize=10))


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
