"""`shoal-plan cost`: what a fleet costs in a month, line by line."""

import argparse
import json
import sys

from shoal_planner.cost import CostLine, CostOptions, monthly_cost, total
from shoal_planner.fleet_scaler import FleetScaler
from shoal_planner.load_options import (
    add_bill_options,
    add_cost_options,
    add_load_options,
    read_arrivals,
    read_fleet,
    read_prices,
)
from shoal_planner.prices import Prices
from shoal_planner.replay import resting_replicas
from shoal_planner.seeded import seeded
from shoal_planner.simulation import simulate
from shoal_planner.text_table import text_table

HEAD = ("item", "quantity", "unit", "price", "$ a month")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.description = (
        "Simulates the load and bills a month of it: nodes, EKS, SQS requests (KEDA's reads and "
        "idle long polls included), network, CloudWatch. Prices come from a dated list; "
        "--prices FILE.json replaces any of them."
    )
    add_load_options(parser)
    add_cost_options(parser)
    add_bill_options(parser)
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(args: argparse.Namespace) -> int:
    """Simulate, bill and print."""
    settings = read_fleet(args)
    scaled_object = settings.scaling.scaled_object()
    result = simulate(
        read_arrivals(args, settings),
        settings.fleet,
        FleetScaler(scaled_object, created_ms=0),
        rng=seeded(args.seed),
        initial_replicas=resting_replicas(scaled_object),
        model=args.model,
    )
    options = CostOptions(
        instance_type=args.instance_type,
        spot_share=args.spot_share,
        cluster=not args.no_cluster,
        auto_mode=args.auto_mode,
        fifo=args.fifo,
        network=args.network,
        message_kb=args.message_kb,
    )
    prices = read_prices(args)
    lines = monthly_cost(result, settings.fleet, prices, options)
    sys.stdout.write(_json(lines, prices) if args.json else _text(lines, prices))
    return 0


def _text(lines: list[CostLine], prices: Prices) -> str:
    rows = [
        [line.item, f"{line.quantity:,.2f}", line.unit, f"{line.price:g}", f"{line.amount:,.2f}"]
        for line in lines
    ]
    rows.append(["total", "", "", "", f"{total(lines):,.2f}"])
    return text_table(HEAD, rows) + f"Prices: {prices.provenance}\n"


def _json(lines: list[CostLine], prices: Prices) -> str:
    document = {
        "lines": [{**line._asdict(), "amount": round(line.amount, 2)} for line in lines],
        "total": round(total(lines), 2),
        "prices": prices.provenance,
    }
    return json.dumps(document, indent=2) + "\n"
