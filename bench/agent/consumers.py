"""Who is compared: the agent in each of its isolations, and its peers."""

import sys
from pathlib import Path

from bench.agent.consumer import Consumer
from bench.agent.peer_installs import node_peer, python_peers

AGENT = "shoal-agent"
LOOP = "boto3 loop, 1 thread"
NODE = "sqs-consumer"
# So many consumers in one Node process are tried, and the best number is compared.
NODE_CONSUMERS = (1, 2, 4, 8)


def agents() -> list[Consumer]:
    """Return the agent with everything on: first on its loop, then in threads and processes."""
    return [
        _agent(AGENT, "no_op:handle", "async", concurrency=40, messages=40_000),
        _agent(f"{AGENT}, threads", "no_op:handle_sync", "thread", concurrency=8, messages=20_000),
        _agent(f"{AGENT}, processes", "no_op:handle_sync", "process", concurrency=4),
    ]


def _agent(
    name: str, handler: str, isolation: str, *, concurrency: int, messages: int = 5_000
) -> Consumer:
    settings = {
        "SHOAL_ISOLATION": isolation,
        "SHOAL_CONCURRENCY": str(concurrency),
        "SHOAL_HEALTH_PORT": "0",
        "SHOAL_METRICS_PORT": "0",
        "SHOAL_LOG_LEVEL": "WARNING",
    }
    program = str(Path(sys.executable).with_name("shoal-agent"))
    return Consumer(name, (program, "run", handler), environment=settings, messages=messages)


def python_consumers() -> list[Consumer]:
    """Return the peers that are written in Python."""
    python = str(python_peers())
    return [
        Consumer(LOOP, (python, "boto3_loop.py", "1"), messages=4_000),
        Consumer("boto3 loop, 4 threads", (python, "boto3_loop.py", "4"), messages=4_000),
        _framework("celery, 8 threads", python, "celery_peer.py"),
        _framework("dramatiq_sqs, 8 threads", python, "dramatiq_peer.py"),
    ]


def _framework(name: str, python: str, program: str) -> Consumer:
    send = (python, program, "send")
    return Consumer(name, (python, program), send=send, messages=1_000)


def node_consumers() -> list[Consumer]:
    """Return sqs-consumer, once for each number to try; none where there is no Node."""
    program = node_peer()
    if program is None:
        return []
    return [
        Consumer(
            f"{NODE}, {count} in one process", ("node", str(program), str(count)), messages=8_000
        )
        for count in NODE_CONSUMERS
    ]


def raw_http() -> Consumer:
    """Return the least that can receive and delete a message."""
    return Consumer("raw HTTP", (str(python_peers()), "raw_http.py"))
