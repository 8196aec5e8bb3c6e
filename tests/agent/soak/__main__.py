"""Soak the agent: ``make soak``, or ``tests/agent/soak/run --messages N --seed S``."""

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from rich.console import Console
from tests.agent.soak.elasticmq import ElasticMqMissingError, elasticmq
from tests.agent.soak.soak_run import SoakRun, soak
from tests.agent.soak.soak_table import soak_table

from shoal_local.moto_server import MotoServer

_SHOWN = 30  # violations; the first tell most


@contextmanager
def moto() -> Iterator[str]:
    """Run moto for the length of the block; yields the URL of its endpoint."""
    with MotoServer("eu-west-1") as server:
        yield server.endpoint_url


def main() -> int:
    """Soak on each server in turn; 1 where a message came to a wrong end."""
    parser = argparse.ArgumentParser(prog="soak", description=__doc__)
    parser.add_argument("--messages", type=int, default=100_000, help="on ElasticMQ (%(default)s)")
    parser.add_argument("--moto-messages", type=int, default=2_000, help="(%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of plans and signals (%(default)s)")
    options = parser.parse_args()
    console = Console(width=100)
    runs: list[SoakRun] = []
    servers: list[tuple[str, Callable[[], AbstractContextManager[str]], int]] = [
        ("ElasticMQ", elasticmq, options.messages),
        ("moto", moto, options.moto_messages),
    ]
    for name, server, messages in servers:
        if messages > 0:
            console.print(f"{name}: {messages:,} messages, seed {options.seed}", highlight=False)
            try:
                with server() as endpoint:
                    runs.append(soak(name, endpoint, messages=messages, seed=options.seed))
            except ElasticMqMissingError as error:
                console.print(f"{name} left out: {error}", markup=False, soft_wrap=True)
    if runs:
        console.print(soak_table(runs))
    violations = [f"{run.server}: {text}" for run in runs for text in run.violations]
    for violation in violations[:_SHOWN]:
        console.print(violation, markup=False, soft_wrap=True)
    if len(violations) > _SHOWN:
        console.print(f"and {len(violations) - _SHOWN} more")
    return 1 if violations else 0


sys.exit(main())
