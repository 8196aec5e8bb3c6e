"""The figures: throughput, CPU, requests, start, memory, and the latency of one message."""

import statistics
import time
from dataclasses import dataclass
from functools import partial
from typing import Any

from bench.agent.consumer import Consumer, enqueue_template, running, usage
from bench.agent.queue_server import QueueServer

WARM_UP = 4_000  # enough for a just-in-time compiler
IDLE_S = 3.0
SINGLE_MESSAGES = 300


@dataclass(frozen=True)
class Load:
    """A consumer on a queue that never empties."""

    messages_per_s: float
    cpu_ms_per_1000: float
    requests_per_message: float
    rss_mb: float


@dataclass(frozen=True)
class Idle:
    """A consumer on an empty queue."""

    first_receive_ms: float
    rss_mb: float
    requests: int


def load(consumer: Consumer, server: QueueServer) -> Load:
    """Consume the consumer's number of messages after a warm-up."""
    messages = consumer.messages
    enqueue_template(consumer, server)
    with running(consumer, server) as (process, _):
        server.supply(WARM_UP)
        server.wait_until(lambda stats: stats["deleted"] >= WARM_UP, 60)
        before, asked, start = usage(process), _asked(server), time.perf_counter()
        done = server.stats()["deleted"]
        server.supply(messages)
        server.wait_until(lambda stats: stats["deleted"] >= done + messages, 120)
        elapsed_s, after = time.perf_counter() - start, usage(process)
        requests = _asked(server) - asked
    cpu_ms = (after.cpu_s - before.cpu_s) * 1e3
    return Load(messages / elapsed_s, cpu_ms / messages * 1e3, requests / messages, after.rss_mb)


def _asked(server: QueueServer) -> int:
    return sum(server.stats()["requests"].values())


def idle(consumer: Consumer, server: QueueServer) -> Idle:
    """Start on an empty queue: time to the first receive, then memory and requests at rest."""
    with running(consumer, server) as (process, started):
        server.wait_until(lambda stats: stats["first_receive_ms"] > 0, 60)
        first_ms = server.stats()["first_receive_ms"] - started * 1e3
        time.sleep(IDLE_S)
        return Idle(first_ms, usage(process).rss_mb, _asked(server))


def _deleted(count: int, stats: dict[str, Any]) -> bool:
    return bool(stats["deleted"] >= count)


def single_latency_ms(consumer: Consumer, server: QueueServer) -> tuple[float, float]:
    """Send messages one by one to a waiting consumer; from sent to deleted, p50 and p99."""
    with running(consumer, server):
        server.wait_until(lambda stats: stats["first_receive_ms"] > 0, 60)
        for count in range(1, SINGLE_MESSAGES + 1):
            server.send("x" * 512)
            server.wait_until(partial(_deleted, count), 30)
        cuts = statistics.quantiles(server.stats()["latencies_us"], n=100)
    return cuts[49] / 1e3, cuts[98] / 1e3
