"""`shoal-plan`: the planner's commands.

Each command is a module with `configure(parser)` and `run(args) -> int`; only the one that is
asked for is imported.
"""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from shoal_planner.planner_input_error import PlannerInputError

PROGRAM = "shoal-plan"
USAGE_ERROR = 2
WRITE_ERROR = 1

COMMANDS = {
    "compare": (
        "shoal_planner.compare",
        "the same arrivals under five policies: what each makes a message wait, and costs",
    ),
    "cost": (
        "shoal_planner.monthly_bill",
        "what a fleet costs in a month, line by line",
    ),
    "replay": (
        "shoal_planner.replay",
        "what KEDA and the HPA would have done to a recorded queue",
    ),
    "simulate": (
        "shoal_planner.simulate",
        "arrivals through queue, scaler and agents: waits, replicas, cost",
    ),
    "size": (
        "shoal_planner.size",
        "a fleet's settings from one latency goal, each with its reason",
    ),
    "tune": (
        "shoal_planner.tune",
        "the cheapest settings that keep the latency goal under a load",
    ),
}
"""Command name: its module, and what it answers."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 2 for a mistake in what was asked, said in one line."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    args = _parser(arguments).parse_args(arguments)
    try:
        status: int = importlib.import_module(COMMANDS[args.command][0]).run(args)
        sys.stdout.flush()
    except PlannerInputError as error:
        sys.stderr.write(f"{PROGRAM}: {error}\n")
        return USAGE_ERROR
    except BrokenPipeError:
        # The reader has seen enough (`| head`).
        _forget_output()
        return 0
    except OSError as error:
        sys.stderr.write(f"{PROGRAM}: cannot write: {error.strerror or error}\n")
        _forget_output()
        return WRITE_ERROR
    return status


def _forget_output() -> None:
    """Let what is still buffered go nowhere: closing must not fail a second time."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _Parser(argparse.ArgumentParser):
    """Says a mistake in one line, as the commands do."""

    def error(self, message: str) -> NoReturn:
        self.exit(USAGE_ERROR, f"{self.prog}: {message} (see {self.prog} --help)\n")


def _parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    parser = _Parser(
        prog=PROGRAM,
        description="Answers what a ScaledObject will do to a fleet, its wait and its bill, "
        "before it does it.",
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    chosen = next((argument for argument in arguments if not argument.startswith("-")), None)
    for name, (module, summary) in COMMANDS.items():
        command = commands.add_parser(name, help=summary)
        if name == chosen:
            importlib.import_module(module).configure(command)
    return parser
