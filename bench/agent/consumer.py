"""A consumer under test: how it is started, and what its process tree uses."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from bench.agent.queue_server import CONSUMER_CORE, QueueServer, pinned_to

PEERS = Path(__file__).parent / "peers"


@dataclass(frozen=True)
class Consumer:
    """One row of the table: a name and the command that consumes the queue."""

    name: str
    command: tuple[str, ...]
    send: tuple[str, ...] | None = None  # enqueues one message in the consumer's own format
    environment: dict[str, str] = field(default_factory=dict)
    messages: int = 5_000  # a round under load: about a second's worth


@dataclass(frozen=True)
class Usage:
    """What a process tree has used so far."""

    cpu_s: float
    rss_mb: float


def usage(pid: int) -> Usage:
    """Return the CPU time and resident memory of a process and all its children."""
    parent = psutil.Process(pid)
    tree = [parent, *parent.children(recursive=True)]
    cpu_s = sum(times.user + times.system for times in (p.cpu_times() for p in tree))
    return Usage(cpu_s, sum(p.memory_info().rss for p in tree) / 2**20)


def environment(consumer: Consumer, server: QueueServer) -> dict[str, str]:
    """Return the standard AWS variables, pointed at the server, and the consumer's own."""
    values = {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": server.address,
        "SHOAL_QUEUE_URL": server.queue_url,
    }
    if server.certificate_file is not None:
        values["AWS_CA_BUNDLE"] = values["NODE_EXTRA_CA_CERTS"] = str(server.certificate_file)
        values["SSL_CERT_FILE"] = str(server.certificate_file)
    return values | consumer.environment


@contextmanager
def running(
    consumer: Consumer, server: QueueServer, **extra: str
) -> Iterator[tuple[subprocess.Popen[bytes], float]]:
    """Run the consumer on its core; yields the process and when it was started (epoch, s).

    ``extra`` is added to its environment. With BENCH_STDERR set its complaints are shown.
    """
    started = time.time()
    process = subprocess.Popen(
        consumer.command,
        cwd=PEERS,
        env=environment(consumer, server) | extra,
        stdout=subprocess.DEVNULL,
        stderr=sys.stderr if "BENCH_STDERR" in os.environ else subprocess.DEVNULL,
        preexec_fn=pinned_to(CONSUMER_CORE),  # noqa: PLW1509 - this program has one thread
    )
    try:
        yield process, started
    finally:
        if process.poll() is None:
            for child in psutil.Process(process.pid).children(recursive=True):
                child.kill()
            process.kill()
        process.communicate()


def enqueue_template(consumer: Consumer, server: QueueServer) -> None:
    """Give the queue a body that the consumer understands, 512 bytes where it is free to."""
    if consumer.send is None:
        server.send("x" * 512)
        return
    subprocess.run(consumer.send, cwd=PEERS, env=environment(consumer, server), check=True)
