"""The agent beside its peers: one run, one core each, every figure as a ratio.

Whole process trees are measured, everything on (heartbeat, metrics, batched deletes), on
512-byte bodies where the peer's format leaves them free. The queue service runs on the
other core and costs a fraction of what the consumers do. Every consumer first proves that it
calls its handler for each message and deletes each.
"""

import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from contextlib import AbstractContextManager
from itertools import product
from pathlib import Path

from rich.console import Console

from bench.agent.bench_table import consumer_table, image_table
from bench.agent.consumer import Consumer
from bench.agent.consumers import agents, node_consumers, python_consumers, raw_http
from bench.agent.goals import Row, image_goals, load_goals, rest_goals
from bench.agent.image_size import image_sizes
from bench.agent.measurements import (
    Idle,
    Latency,
    Load,
    best,
    idle,
    idle_requests_per_poll,
    load,
    prove,
    single_latency,
)
from bench.agent.queue_server import QueueServer, build, queue_server

SCHEMES = {"plaintext": False, "TLS": True}
# Consumers take turns, and the best turn counts: what slows a machine for a minute slows all.
_TURNS = 2
_LATENCY_TURNS = 3


class Bench:
    """Measures consumers, each time on a fresh queue service."""

    def __init__(self, server_program: Path) -> None:
        """Take the compiled service."""
        self._program = server_program

    def rows(self, consumers: Sequence[Consumer]) -> list[Row]:
        """Run every consumer through its proof and its measurements."""
        rests = {consumer.name: self._rest(consumer) for consumer in consumers}
        loads: dict[tuple[str, str], list[Load]] = defaultdict(list)
        for turn, consumer in product(range(1, _TURNS + 1), consumers):
            _say(f"{consumer.name} under load, turn {turn} of {_TURNS}")
            for scheme, tls in SCHEMES.items():
                with self._server(tls=tls) as server:
                    loads[consumer.name, scheme].append(load(consumer, server))
        return [
            Row(name, {scheme: best(loads[name, scheme]) for scheme in SCHEMES}, rest)
            for name, rest in rests.items()
        ]

    def fastest(self, consumers: Sequence[Consumer]) -> Consumer:
        """Return the consumer with the best throughput."""
        rates = {}
        for consumer in consumers:
            _say(f"{consumer.name}, tried")
            with self._server() as server:
                rates[consumer.name] = load(consumer, server).messages_per_s
        print("tried " + ", ".join(f"{name}: {rate:,.0f}/s" for name, rate in rates.items()))
        return max(consumers, key=lambda consumer: rates[consumer.name])

    def latencies(self, consumers: Sequence[Consumer]) -> list[Latency]:
        """Return how long each has a single message, the best of some turns."""
        found: dict[str, list[Latency]] = defaultdict(list)
        for _, consumer in product(range(_LATENCY_TURNS), consumers):
            _say(f"{consumer.name} on single messages")
            with self._server() as server:
                found[consumer.name].append(single_latency(consumer, server))
        return [min(turns, key=lambda turn: turn.p99_ms) for turns in found.values()]

    def idle_requests_per_poll(self, consumer: Consumer) -> float:
        """Return how many requests an idle agent makes for each long poll."""
        with self._server() as server:
            return idle_requests_per_poll(consumer, server)

    def _rest(self, consumer: Consumer) -> Idle:
        _say(f"{consumer.name} at rest")
        with self._server() as server:
            prove(consumer, server)
        with self._server() as server:
            return idle(consumer, server)

    def _server(self, *, tls: bool = False) -> AbstractContextManager[QueueServer]:
        return queue_server(self._program, tls=tls)


def main() -> None:
    """Measure, and print the tables and which goals hold."""
    console = Console(width=130)
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(build(Path(folder)))
        own = agents()
        rows = bench.rows([*own, *_best_node(bench), *python_consumers()])
        latency, raw = bench.latencies([own[0], raw_http()])
        polls = bench.idle_requests_per_poll(own[0])
    sizes = image_sizes()
    console.print(consumer_table(rows))
    console.print(image_table(sizes))
    print(f"A single message, sent to deleted: {latency}; raw HTTP: {raw}")
    for goal in (*load_goals(rows), *rest_goals(rows, latency, raw, polls), *image_goals(sizes)):
        print(goal.line())


def _best_node(bench: Bench) -> list[Consumer]:
    candidates = node_consumers()
    if not candidates:
        print("sqs-consumer left out: no node and npm on PATH")
        return []
    return [bench.fastest(candidates)]


def _say(progress: str) -> None:
    print(progress, file=sys.stderr)


if __name__ == "__main__":
    main()
