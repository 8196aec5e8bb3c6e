"""The agent beside its peers: one run, one core each, every figure as a ratio.

Whole process trees are measured, everything on (heartbeat, metrics, batched deletes), on
512-byte bodies where the peer's format leaves them free. The queue service runs on the
other core and costs a fraction of what the consumers do. Every consumer first proves that it
calls its handler for each message and deletes each.
"""

import sys
import tempfile
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from rich.console import Console

from bench.agent.bench_table import consumer_table, image_table
from bench.agent.consumer import Consumer
from bench.agent.consumers import agents, node_consumers, python_consumers, raw_http
from bench.agent.goals import Goal, Row, image_goals, load_goals, rest_goals
from bench.agent.image_size import image_sizes
from bench.agent.measurements import (
    idle,
    idle_requests_per_poll,
    load,
    prove,
    single_latency_ms,
)
from bench.agent.queue_server import QueueServer, build, queue_server

SCHEMES = {"plaintext": False, "TLS": True}
_LATENCY_ROUNDS = 2


class Bench:
    """Measures consumers, each time on a fresh queue service."""

    def __init__(self, server_program: Path) -> None:
        """Take the compiled service."""
        self._program = server_program

    def row(self, consumer: Consumer) -> Row:
        """Run one consumer through its proof and its measurements."""
        print(f"measuring {consumer.name}", file=sys.stderr)
        with self._server() as server:
            prove(consumer, server)
        with self._server() as server:
            rest = idle(consumer, server)
        loads = {}
        for scheme, tls in SCHEMES.items():
            with self._server(tls=tls) as server:
                loads[scheme] = load(consumer, server)
        return Row(consumer.name, loads, rest)

    def fastest(self, consumers: Sequence[Consumer]) -> Consumer:
        """Return the consumer with the best throughput of two rounds each."""
        rates = {}
        for consumer in consumers:
            with self._server() as server:
                rates[consumer.name] = load(consumer, server, rounds=2).messages_per_s
        print("tried " + ", ".join(f"{name}: {rate:,.0f}/s" for name, rate in rates.items()))
        return max(consumers, key=lambda consumer: rates[consumer.name])

    def p99_ms(self, consumer: Consumer) -> float:
        """Return the 99th percentile from sent to deleted, the better of two rounds."""
        found = []
        for _ in range(_LATENCY_ROUNDS):
            with self._server() as server:
                found.append(single_latency_ms(consumer, server)[1])
        return min(found)

    def idle_requests_per_poll(self, consumer: Consumer) -> float:
        """Return how many requests an idle agent makes for each long poll."""
        with self._server() as server:
            return idle_requests_per_poll(consumer, server)

    def _server(self, *, tls: bool = False) -> AbstractContextManager[QueueServer]:
        return queue_server(self._program, tls=tls)


def main() -> None:
    """Measure, and print the tables and which goals hold."""
    console = Console(width=130)
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(build(Path(folder)))
        own = agents()
        consumers = [*own, *_best_node(bench), *python_consumers()]
        rows = [bench.row(consumer) for consumer in consumers]
        console.print(consumer_table(rows))
        p99_ms, raw_p99_ms = bench.p99_ms(own[0]), bench.p99_ms(raw_http())
        idle_requests = bench.idle_requests_per_poll(own[0])
    sizes = image_sizes()
    console.print(image_table(sizes))
    print(
        f"p99 of a single message, sent to deleted: {p99_ms:.2f} ms; raw HTTP {raw_p99_ms:.2f} ms"
    )
    goals: list[Goal] = [
        *load_goals(rows),
        *rest_goals(
            rows,
            p99_ms=p99_ms,
            raw_p99_ms=raw_p99_ms,
            idle_requests_per_poll=idle_requests,
        ),
        *image_goals(sizes),
    ]
    for goal in goals:
        print(goal.line())


def _best_node(bench: Bench) -> list[Consumer]:
    candidates = node_consumers()
    if not candidates:
        print("sqs-consumer left out: no node and npm on PATH")
        return []
    return [bench.fastest(candidates)]


if __name__ == "__main__":
    main()
