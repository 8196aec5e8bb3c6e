"""One agent of the soak: ``shoal-agent run`` as a user starts it, from start to exit."""

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil
from tests.agent.soak.work_queue import KEY, REGION, WorkQueue

HERE = Path(__file__).parent
VISIBILITY_TIMEOUT_S = 6
DRAIN_S = 5
# After the drain the agent gives up on what still runs, and on requests not answered.
EXIT_S = DRAIN_S + 20
_CHILDREN_S = 10.0
_LISTENING = re.compile(rb'"metrics_port": (\d+)')
_IN_FLIGHT = re.compile(r"^shoal_messages_in_flight (\S+)$", re.MULTILINE)


@dataclass(frozen=True)
class AgentKind:
    """How an agent runs its handler, and whether the soak leaves it alone."""

    name: str
    isolation: str
    concurrency: int
    steady: bool = False  # never signalled: its memory is watched instead
    longest_job_s: int = 1

    @property
    def handler(self) -> str:
        """The handler for this isolation."""
        return f"soak_handler:{'handle_async' if self.isolation == 'async' else 'handle'}"


class SoakAgent:
    """A running agent; ``name`` is unique among all that the soak starts."""

    def __init__(self, kind: AgentKind, number: int, queue: WorkQueue, folder: Path) -> None:
        """Start it; what it logs and what its handler notes is in ``folder``."""
        self.kind = kind
        self.name = f"{kind.name}.{number}"
        self.killed = False
        self.asked_to_stop = False
        self.held_at_kill = 0
        self._listened = False
        self.orphans: list[int] = []  # children that outlived it
        self.complaints: list[str] = []  # what it logged that no run should have
        self._log = folder / f"{self.name}.log"
        self._output: IO[bytes] = self._log.open("wb")
        self._children: dict[int, psutil.Process] = {}
        self._process = subprocess.Popen(
            [Path(sys.executable).with_name("shoal-agent"), "run", kind.handler],
            cwd=HERE,
            env=self._environment(queue, folder),
            stdin=subprocess.DEVNULL,
            stderr=self._output,
        )

    def _environment(self, queue: WorkQueue, folder: Path) -> dict[str, str]:
        settings = {
            "QUEUE_URL": queue.url,
            "DEAD_LETTER_QUEUE_URL": queue.dead_letter_url,
            "ISOLATION": self.kind.isolation,
            "CONCURRENCY": self.kind.concurrency,
            "LONGEST_JOB_S": self.kind.longest_job_s,
            "VISIBILITY_TIMEOUT_S": VISIBILITY_TIMEOUT_S,
            "DRAIN_S": DRAIN_S,
            "POLL_WAIT_S": 2,
            "RETRY_BASE_S": 1,
            "RETRY_MAX_S": 2,
            "HEALTH_PORT": 0,
            "METRICS_PORT": 0,
        }
        return {
            "PATH": os.environ["PATH"],
            "PYTHONDONTWRITEBYTECODE": "1",
            "AWS_ENDPOINT_URL": queue.endpoint,
            "AWS_REGION": REGION,
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": KEY,
            "SOAK_LEDGER": str(folder),
            "SOAK_AGENT": self.name,
            **{f"SHOAL_{name}": str(value) for name, value in settings.items()},
        }

    @property
    def ended_well(self) -> bool:
        """Whether it ended as it should; one that was stopped before it listened held nothing."""
        if self.killed or self.exit_code == 0:
            return True
        return self.exit_code == -signal.SIGTERM and self.asked_to_stop and not self._listened

    @property
    def exit_code(self) -> int | None:
        """How it ended, negative for a signal; None while it runs."""
        return self._process.poll()

    def terminate(self) -> None:
        """Ask it to drain, as Kubernetes does."""
        self.asked_to_stop = True
        self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once; what it holds stays hidden for the visibility timeout."""
        self.memory_mb()  # sees its children
        self.held_at_kill = self._held()
        if self.exit_code is None:
            self.killed = True
            self._process.kill()

    def wait(self) -> None:
        """Wait for its end, and look what it leaves; raise where the end does not come."""
        self._process.wait(EXIT_S)
        if not self._output.closed:
            _, alive = psutil.wait_procs(list(self._children.values()), timeout=_CHILDREN_S)
            self._listened = self._port() is not None
            self.orphans = [child.pid for child in alive]
            self._output.close()
            lines = [line for line in self._log.read_text().splitlines() if line.strip()]
            self.complaints = [line for line in lines if not _ordinary(line)]

    def _held(self) -> int:
        """Return how many messages it holds by its own metric, 0 before it can say."""
        port = self._port()
        if port is None:
            return 0
        url = f"http://127.0.0.1:{port}/metrics"
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                found = _IN_FLIGHT.search(answer.read().decode())
        except OSError:
            return 0
        return int(float(found[1])) if found else 0

    def _port(self) -> int | None:
        found = _LISTENING.search(self._log.read_bytes())
        return None if found is None else int(found[1])

    def memory_mb(self) -> float:
        """Return the resident memory of the agent and its children."""
        try:
            parent = psutil.Process(self._process.pid)
            self._children |= {child.pid: child for child in parent.children(recursive=True)}
            tree = [parent, *(child for child in self._children.values() if child.is_running())]
            return float(sum(process.memory_info().rss for process in tree) / 2**20)
        except psutil.NoSuchProcess:
            return 0.0


def _ordinary(line: str) -> bool:
    try:
        return json.loads(line)["level"] in {"INFO", "WARNING"}
    except ValueError:
        return False  # not a log line at all: a traceback
