"""The options that simulate, compare, tune and cost share: fleet, load, chance, prices."""

import argparse
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import get_args

from shoal_planner.arrival_patterns import PATTERNS, pattern
from shoal_planner.arrivals import Arrivals
from shoal_planner.comparison import OWN_COST, Trial
from shoal_planner.cost import CostOptions, Network
from shoal_planner.document_file import read_text
from shoal_planner.duration import parse_duration_s
from shoal_planner.fleet_file import FleetSettings, read_fleet_file
from shoal_planner.flow_station import FlowStation
from shoal_planner.milliseconds import MAX_SECONDS
from shoal_planner.option_values import number, whole_number
from shoal_planner.planner_input_error import PlannerInputError
from shoal_planner.prices import Prices, default_prices
from shoal_planner.seeded import seeded

DEFAULT_DURATION = "1d"
DEFAULT_RATE_PER_S = 50.0


def add_load_options(parser: argparse.ArgumentParser, *, pattern_: str = "diurnal") -> None:
    """Declare the fleet and the load."""
    parser.add_argument(
        "fleet",
        metavar="FLEET",
        type=Path,
        help="a fleet as YAML or JSON: an entry of shoal:agents (or a whole Pulumi.<stack>.yaml), "
        "with processingTime, and optionally a key model (docs/scaling.md)",
    )
    parser.add_argument("--agent", metavar="NAME", help="which agent of a Pulumi.<stack>.yaml")
    parser.add_argument(
        "--arrivals",
        default=pattern_,
        metavar="FILE|PATTERN",
        help=f"CSV with the header seconds,messages, or one of {', '.join(PATTERNS)} "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--rate",
        type=number,
        metavar="N",
        help="a pattern's highest messages a second (default: the fleet's peakRate, or "
        f"{DEFAULT_RATE_PER_S:g})",
    )
    parser.add_argument(
        "--duration",
        default=DEFAULT_DURATION,
        metavar="D",
        help="how long a pattern lasts (default: %(default)s)",
    )
    parser.add_argument(
        "--seed", type=whole_number, default=1, help="of all chance (default: %(default)s)"
    )
    parser.add_argument(
        "--model",
        choices=("auto", "message", "flow"),
        default="auto",
        help="message by message, or as a flow where there are many (default: %(default)s)",
    )


def add_cost_options(parser: argparse.ArgumentParser) -> None:
    """Declare the prices, and the nodes they are for."""
    parser.add_argument(
        "--prices", type=Path, metavar="FILE", help="JSON that replaces some of the prices"
    )
    parser.add_argument(
        "--instance-type",
        default=CostOptions().instance_type,
        metavar="TYPE",
        help="of the nodes (default: %(default)s)",
    )
    parser.add_argument(
        "--spot-share",
        type=number,
        default=CostOptions().spot_share,
        metavar="0..1",
        help="part of the nodes that are spot instances (default: %(default)s)",
    )


def add_goal_option(parser: argparse.ArgumentParser) -> None:
    """Declare the wait to keep."""
    parser.add_argument(
        "--wait", metavar="D", help="the p99 wait to keep (default: the fleet's latencyGoal)"
    )


def add_jobs_option(parser: argparse.ArgumentParser) -> None:
    """Declare how many processes simulate at once."""
    parser.add_argument(
        "--jobs",
        type=_jobs,
        default=os.cpu_count(),
        metavar="N",
        help="processes that simulate at once (default: one a core, %(default)s)",
    )


def _jobs(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number, 1 or more")
    return int(text)


def add_bill_options(parser: argparse.ArgumentParser) -> None:
    """Declare what a whole bill has besides the nodes."""
    defaults = CostOptions()
    parser.add_argument(
        "--network",
        choices=get_args(Network),
        default=defaults.network,
        help="the way out of the private subnets (default: %(default)s)",
    )
    parser.add_argument(
        "--no-cluster", action="store_true", help="leave the EKS control plane out: it is shared"
    )
    parser.add_argument("--auto-mode", action="store_true", help="count EKS Auto Mode's surcharge")
    parser.add_argument("--fifo", action="store_true", help="the queue is FIFO")
    parser.add_argument(
        "--message-kb",
        type=number,
        default=defaults.message_kb,
        metavar="N",
        help="through the network for each message (default: %(default)s)",
    )


def read_fleet(args: argparse.Namespace) -> FleetSettings:
    """Read the fleet."""
    return read_fleet_file(args.fleet, agent=args.agent)


def read_arrivals(args: argparse.Namespace, settings: FleetSettings) -> Arrivals:
    """Read the arrivals' file, or draw the pattern."""
    if args.arrivals in PATTERNS:
        rate = args.rate
        if rate is None:
            rate = settings.peak_rate_per_s
        if rate is None:
            rate = DEFAULT_RATE_PER_S
        if not 0 < rate < float("inf"):
            raise PlannerInputError("--rate", rate, allowed="a number above 0")
        duration_s = parse_duration_s("--duration", args.duration)
        if not 0 < duration_s <= MAX_SECONDS:
            raise PlannerInputError(
                "--duration", args.duration, allowed="more than 0, at most 366d"
            )
        return pattern(args.arrivals, rate_per_s=rate, duration_s=duration_s, rng=seeded(args.seed))
    path = Path(args.arrivals)
    if not path.exists():
        raise PlannerInputError(
            "--arrivals",
            args.arrivals,
            allowed=f"a CSV file, or one of {', '.join(PATTERNS)}",
            why="there is no such file",
        )
    return Arrivals.from_csv(read_text(path, "--arrivals"), str(path))


def read_prices(args: argparse.Namespace) -> Prices:
    """Return the prices, with those of --prices in place of their own."""
    prices = default_prices()
    if args.prices is None:
        return prices
    try:
        changes = json.loads(read_text(args.prices, "--prices"))
    except json.JSONDecodeError as error:
        why = f"line {error.lineno}: {error.msg}"
        raise PlannerInputError("--prices", str(args.prices), allowed="JSON", why=why) from None
    if not isinstance(changes, Mapping):
        raise PlannerInputError("--prices", str(args.prices), allowed="a JSON object of prices")
    return prices.overridden(changes)


def read_goal_s(args: argparse.Namespace, settings: FleetSettings) -> float:
    """Return the wait to keep: --wait, or the fleet's latency goal."""
    if args.wait is not None:
        return parse_duration_s("--wait", args.wait)
    if settings.latency_goal_s is None:
        raise PlannerInputError(
            "--wait", None, allowed="a duration such as 60s", why="the fleet has no latencyGoal"
        )
    return settings.latency_goal_s


def read_trial(args: argparse.Namespace, settings: FleetSettings) -> Trial:
    """Return what every candidate of a search is given; `auto` is the flow model if it fits."""
    searching = args.model
    if searching == "auto" and FlowStation.fits(settings.fleet):
        searching = "flow"
    return Trial(
        arrivals=read_arrivals(args, settings),
        fleet=settings.fleet,
        prices=read_prices(args),
        options=OWN_COST.on(args.instance_type, args.spot_share),
        seed=args.seed,
        model=searching,
    )
