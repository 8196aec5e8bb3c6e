"""The figures: throughput, CPU, requests, start, memory, and the latency of one message."""

import statistics
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from bench.agent.consumer import Consumer, Usage, enqueue_template, running, usage
from bench.agent.queue_server import QueueServer

ROUNDS = 2  # the best one counts: noise only ever slows
PROVEN = 100
STARTS = 3
IDLE_S = 2.0
POLLS_S = 5.0
SINGLE_MESSAGES = 400
_START_S = 60.0
_LOAD_S = 120.0


@dataclass(frozen=True)
class Load:
    """A consumer on a queue that never empties."""

    messages_per_s: float
    cpu_ms_per_1000: float
    requests_per_message: float
    rss_mb: float
    server_busy: float  # share of the server's own core


@dataclass(frozen=True)
class Idle:
    """A consumer on an empty queue."""

    first_receive_ms: float
    rss_mb: float


@dataclass(frozen=True)
class Latency:
    """From a message's sending to its deletion, by a consumer that waits for it."""

    p50_ms: float
    p99_ms: float

    def __str__(self) -> str:
        """Return both percentiles."""
        return f"p50 {self.p50_ms:.2f} ms, p99 {self.p99_ms:.2f} ms"


@dataclass(frozen=True)
class _Moment:
    """All counters at once."""

    at_s: float
    consumer: Usage
    server: Usage
    requests: int


def load(consumer: Consumer, server: QueueServer) -> Load:
    """Return the best of some rounds after a warm-up, all in one process."""
    enqueue_template(consumer, server)
    with running(consumer, server) as (process, _):
        work_off = partial(_work_off, server, process, consumer.messages)
        done = work_off(1)
        found = []
        for _ in range(ROUNDS):
            before = _moment(process.pid, server)
            done = work_off(done)
            found.append(_between(before, _moment(process.pid, server), consumer.messages))
    return best(found)


def best(loads: Sequence[Load]) -> Load:
    """Return the one with the best throughput."""
    return max(loads, key=lambda one: one.messages_per_s)


def _work_off(
    server: QueueServer, process: subprocess.Popen[bytes], messages: int, done: int
) -> int:
    server.supply(messages)
    server.wait_until(partial(_deleted, done + messages), _LOAD_S, process)
    return done + messages


def _deleted(count: int, stats: dict[str, Any]) -> bool:
    return bool(stats["deleted"] >= count)


def _moment(pid: int, server: QueueServer) -> _Moment:
    return _Moment(time.perf_counter(), usage(pid), usage(server.pid), _requests(server))


def _requests(server: QueueServer) -> int:
    return sum(server.stats()["requests"].values())


def _between(before: _Moment, after: _Moment, messages: int) -> Load:
    elapsed_s = after.at_s - before.at_s
    return Load(
        messages_per_s=messages / elapsed_s,
        cpu_ms_per_1000=(after.consumer.cpu_s - before.consumer.cpu_s) / messages * 1e6,
        requests_per_message=(after.requests - before.requests) / messages,
        rss_mb=after.consumer.rss_mb,
        server_busy=(after.server.cpu_s - before.server.cpu_s) / elapsed_s,
    )


def idle(consumer: Consumer, server: QueueServer) -> Idle:
    """Start on an empty queue: the best time to a first receive, then the memory at rest."""
    times_ms = []
    for _ in range(STARTS):
        server.reset()
        with running(consumer, server) as (process, started):
            server.wait_until(_received_once, _START_S, process)
            times_ms.append(server.stats()["first_receive_ms"] - started * 1e3)
            if len(times_ms) == STARTS:
                time.sleep(IDLE_S)
            rss_mb = usage(process.pid).rss_mb
    return Idle(min(times_ms), rss_mb)


def _received_once(stats: dict[str, Any]) -> bool:
    return bool(stats["first_receive_ms"] > 0)


def prove(consumer: Consumer, server: QueueServer) -> None:
    """Raise unless the consumer calls its handler for each message, and deletes each."""
    enqueue_template(consumer, server)
    with tempfile.TemporaryDirectory() as folder:
        proof = Path(folder) / "proof"
        with running(consumer, server, BENCH_PROOF=str(proof)) as (process, _):
            server.supply(PROVEN - 1)
            server.wait_until(partial(_deleted, PROVEN), _START_S, process)
        stats, handled = server.stats(), proof.stat().st_size
    if not handled == stats["received"] == stats["deleted"] == PROVEN:
        raise AssertionError(f"{consumer.name} handled {handled} of {PROVEN} messages: {stats}")


def idle_requests_per_poll(consumer: Consumer, server: QueueServer) -> float:
    """Return an idle agent's requests for each of its polls, which wait for one second here."""
    with running(consumer, server, SHOAL_POLL_WAIT_S="1") as (process, _):
        server.wait_until(_received_once, _START_S, process)
        before, start_s = _requests(server), time.perf_counter()
        time.sleep(POLLS_S)
        requests = _requests(server) - before
        polls = int(time.perf_counter() - start_s) + 1  # one may begin and one end in between
    return requests / polls


def single_latency(consumer: Consumer, server: QueueServer) -> Latency:
    """Send messages one by one to a consumer that waits for them."""
    with running(consumer, server) as (process, _):
        server.wait_until(_received_once, _START_S, process)
        for count in range(1, SINGLE_MESSAGES + 1):
            server.send("x" * 512)
            server.wait_until(partial(_deleted, count), _START_S, process)
        cuts = statistics.quantiles(server.stats()["latencies_us"], n=100)
    return Latency(cuts[49] / 1e3, cuts[98] / 1e3)
