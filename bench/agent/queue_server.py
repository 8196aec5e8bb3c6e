"""The queue service that the consumers under test speak to, as a process on its own core."""

import json
import os
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from ssl import SSLContext, create_default_context
from typing import Any

import trustme

SOURCE = Path(__file__).parent / "sqs_server"
# The consumers have one core and the service another, where there are two.
_CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [0]
CONSUMER_CORE, SERVER_CORE = _CORES[0], _CORES[-1]


def pinned_to(core: int) -> Callable[[], None]:
    """Return what a child is to call first to stay on a core, where the system can do that."""

    def pin() -> None:
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, {core})

    return pin


@dataclass(frozen=True)
class QueueServer:
    """A running queue service."""

    address: str
    certificate_file: Path | None
    trust: SSLContext | None
    pid: int

    @property
    def queue_url(self) -> str:
        """The URL of its one queue."""
        return f"{self.address}/000000000000/bench"

    def ask(self, path: str) -> bytes:
        """Return the answer of one of the service's own paths."""
        with urllib.request.urlopen(self.address + path, context=self.trust, timeout=30) as answer:  # noqa: S310
            return bytes(answer.read())

    def supply(self, count: int) -> None:
        """Put that many messages with the last sent body into the queue."""
        self.ask(f"/supply?count={count}")

    def reset(self) -> None:
        """Forget that anybody has received."""
        self.ask("/reset")

    def stats(self) -> dict[str, Any]:
        """Return what the consumers have asked of the service so far."""
        return dict(json.loads(self.ask("/stats")))

    def send(self, body: str) -> None:
        """Send one message, whose body all later ones repeat."""
        request = urllib.request.Request(  # noqa: S310
            self.queue_url,
            data=json.dumps({"MessageBody": body}).encode(),
            headers={"X-Amz-Target": "AmazonSQS.SendMessage"},
        )
        with urllib.request.urlopen(request, context=self.trust, timeout=30) as answer:  # noqa: S310
            answer.read()

    def wait_until(
        self,
        met: Callable[[dict[str, Any]], bool],
        deadline_s: float,
        consumer: subprocess.Popen[bytes],
    ) -> None:
        """Poll the stats until the condition holds; raise when it does not, or will not."""
        end = time.monotonic() + deadline_s
        while not met(stats := self.stats()):
            if consumer.poll() is not None:
                raise RuntimeError(f"{consumer.args!r} ended with {consumer.returncode}")
            if time.monotonic() > end:
                raise TimeoutError(f"{consumer.args!r}: not within {deadline_s:g} s: {stats}")
            time.sleep(0.01)


def build(folder: Path) -> Path:
    """Compile the service into a folder and return the program."""
    program = folder / "sqs_server"
    subprocess.run(["go", "build", "-o", program, "."], cwd=SOURCE, check=True)
    return program


def _tls_arguments(folder: Path) -> list[str]:
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    authority.cert_pem.write_to_path(folder / "ca.pem")
    issued.cert_chain_pems[0].write_to_path(folder / "server.pem")
    issued.private_key_pem.write_to_path(folder / "server.key")
    return ["--certificate", str(folder / "server.pem"), "--key", str(folder / "server.key")]


@contextmanager
def queue_server(program: Path, *, tls: bool) -> Iterator[QueueServer]:
    """Run the service for the length of the block, plaintext or with TLS."""
    folder = program.parent
    process = subprocess.Popen(
        [program, *(_tls_arguments(folder) if tls else [])],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=pinned_to(SERVER_CORE),  # noqa: PLW1509 - this program has one thread
    )
    assert process.stdout is not None
    try:
        address = process.stdout.readline().strip()
        certificate = folder / "ca.pem" if tls else None
        trust = create_default_context(cafile=str(certificate)) if certificate else None
        yield QueueServer(address, certificate, trust, process.pid)
    finally:
        process.kill()
        process.communicate()
