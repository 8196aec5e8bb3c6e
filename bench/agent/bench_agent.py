"""The agent beside its peers: one run, one core each, every figure as a ratio.

Whole process trees are measured, everything on (heartbeat, metrics, batched deletes), on
512-byte bodies where the peer's format leaves them free. The queue service runs on the
other core and costs a fraction of what the consumers do.
"""

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.agent.consumer import Consumer
from bench.agent.measurements import Idle, Load, idle, load, single_latency_ms
from bench.agent.peer_installs import node_peer, python_peers
from bench.agent.queue_server import build, queue_server

SHOAL = Consumer(
    "shoal-agent",
    (str(Path(sys.executable).parent / "shoal-agent"), "run", "no_op:handle"),
    environment={
        "SHOAL_CONCURRENCY": "40",
        "SHOAL_HEALTH_PORT": "0",
        "SHOAL_METRICS_PORT": "0",
        "SHOAL_LOG_LEVEL": "WARNING",
        "PYTHONPATH": ".",
    },
    messages=40_000,
)


@dataclass(frozen=True)
class Row:
    """What one consumer did."""

    name: str
    plain: Load
    tls: Load | None
    rest: Idle


@dataclass(frozen=True)
class Goal:
    """A figure that the agent means to reach, and what it reached."""

    sentence: str
    value: float
    limit: float
    at_least: bool = False

    @property
    def holds(self) -> bool:
        """Whether the goal was reached in this run."""
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def line(self) -> str:
        """Return the goal as one line of the report."""
        sign = "≥" if self.at_least else "≤"
        verdict = "holds" if self.holds else "MISSED"
        return f"  {verdict:6}  {self.sentence}: {self.value:.2f} (goal {sign} {self.limit:g})"


def peers() -> list[Consumer]:
    """Return the consumers to compare with; without Node, its row is left out and said so."""
    python = str(python_peers())
    program = node_peer()
    found = [
        Consumer("boto3 loop, 1 thread", (python, "boto3_loop.py", "1"), messages=4_000),
        Consumer("boto3 loop, 4 threads", (python, "boto3_loop.py", "4")),
        Consumer(
            "celery, 8 threads",
            (python, "celery_peer.py"),
            send=(python, "celery_peer.py", "send"),
            messages=2_000,
        ),
        Consumer(
            "dramatiq_sqs, 8 threads",
            (python, "dramatiq_peer.py"),
            send=(python, "dramatiq_peer.py", "send"),
            messages=2_000,
        ),
    ]
    if program is None:
        print("sqs-consumer left out: no node and npm on PATH")
        return found
    return [Consumer("sqs-consumer, 4 in one process", ("node", str(program))), *found]


def measure(consumer: Consumer, server_program: Path) -> Row:
    """Run one consumer through every measurement, each on a fresh server."""
    with queue_server(server_program, tls=False) as server:
        rest = idle(consumer, server)
    with queue_server(server_program, tls=False) as server:
        plain = load(consumer, server)
    if consumer.name.startswith("celery"):  # kombu takes no certificate authority of ours
        return Row(consumer.name, plain, None, rest)
    with queue_server(server_program, tls=True) as server:
        return Row(consumer.name, plain, load(consumer, server), rest)


def table(rows: list[Row]) -> Table:
    """Return the figures as a table, the agent first."""
    shown = Table(title="One core, no-op handler, 512 B bodies")
    for title in ("", "msg/s", "CPU ms/1k", "TLS msg/s", "TLS ms/1k", "requests/msg"):
        shown.add_column(title, justify="right" if title else "left")
    for title in ("RSS idle MB", "RSS load MB", "first receive ms"):
        shown.add_column(title, justify="right")
    for row in rows:
        tls = (
            (f"{row.tls.messages_per_s:,.0f}", f"{row.tls.cpu_ms_per_1000:.0f}")
            if row.tls
            else ("-", "-")
        )
        shown.add_row(
            row.name,
            f"{row.plain.messages_per_s:,.0f}",
            f"{row.plain.cpu_ms_per_1000:.0f}",
            *tls,
            f"{row.plain.requests_per_message:.2f}",
            f"{row.rest.rss_mb:.0f}",
            f"{row.plain.rss_mb:.0f}",
            f"{row.rest.first_receive_ms:.0f}",
        )
    return shown


def goals(rows: dict[str, Row], latency: tuple[float, float]) -> list[Goal]:
    """Return every goal with what this run reached; ``latency`` is the agent's and raw p99."""
    agent = rows[SHOAL.name]
    loops = [row for name, row in rows.items() if name.startswith("boto3")]
    loop = rows["boto3 loop, 1 thread"]
    best_loop = max(row.plain.messages_per_s for row in loops)
    found = [
        Goal("throughput ÷ best boto3 loop's", agent.plain.messages_per_s / best_loop, 8, True),
        Goal("requests per message", agent.plain.requests_per_message, 0.25),
        Goal(
            "first receive ÷ boto3 loop's",
            agent.rest.first_receive_ms / loop.rest.first_receive_ms,
            0.7,
        ),
        Goal("idle memory ÷ boto3 loop's (aim 0.7)", agent.rest.rss_mb / loop.rest.rss_mb, 1.0),
        Goal("p99 of one message ÷ raw HTTP's", latency[0] / latency[1], 2),
    ]
    node = rows.get("sqs-consumer, 4 in one process")
    if node is None:
        return found
    best = agent.plain.messages_per_s / node.plain.messages_per_s
    cpu = agent.plain.cpu_ms_per_1000 / node.plain.cpu_ms_per_1000
    return [
        Goal("throughput ÷ sqs-consumer's", best, 5, True),
        Goal("CPU per message ÷ sqs-consumer's", cpu, 0.2),
        *found,
    ]


def main() -> None:
    """Measure, and print the table and which goals hold."""
    with tempfile.TemporaryDirectory() as folder:
        program = build(Path(folder))
        rows = [measure(consumer, program) for consumer in (SHOAL, *peers())]
        latencies = []
        for consumer in (SHOAL, Consumer("raw HTTP", (str(python_peers()), "raw_http.py"))):
            with queue_server(program, tls=False) as server:
                latencies.append(single_latency_ms(consumer, server)[1])
    console = Console(width=130)
    console.print(table(rows))
    own_ms, raw_ms = latencies
    print(f"p99 of a single message, sent to deleted: {own_ms:.2f} ms, raw HTTP {raw_ms:.2f} ms")
    for goal in goals({row.name: row for row in rows}, (own_ms, raw_ms)):
        print(goal.line())


if __name__ == "__main__":
    main()
