"""A scenario: a fault-injecting SQS, agents on it, and what their handlers report."""

import signal
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent
from typing import TypeVar

from tests.agent._fakes import AgentProcess, eventually
from tests.agent.faults._fault_server import FaultServer
from tests.agent.faults._faults import Fault
from tests.agent.faults._work_queue import EXPIRED, WorkQueue

T = TypeVar("T")
# Long enough for a noisy machine's heartbeat, short enough to wait for.
VISIBILITY_S = 3

_PREAMBLE = '''
import asyncio, contextlib, ctypes, os, signal, subprocess, sys, threading, time
from pathlib import Path
from shoal_agent import Message, Reject, Retry

_HERE = Path(__file__).parent

def note(name, text):
    descriptor = os.open(_HERE / name, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    os.write(descriptor, f"{text}\\n".encode())
    os.close(descriptor)

def begin(message):
    note("begun", f"{message.message_id} {message.receive_count} {os.getpid()}")

def done(message):
    note("handled", f"{message.message_id} {message.receive_count}")

def first(message):
    """Tell whether no handler has asked this of the message before."""
    try:
        os.close(os.open(_HERE / message.message_id, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return False
    return True

def wait_for(name):
    while not (_HERE / name).exists():
        time.sleep(0.01)

'''


class HastenedAgent(AgentProcess):
    """An agent whose open poll is answered when it is asked to drain: tests need not wait for it.

    Those about that poll send the signal themselves.
    """

    hasten: Callable[[], None]

    def drained(self) -> int:
        """Ask it to drain and wait for its end; return the exit code."""
        self.signal()
        self.hasten()
        return self.ended()


@dataclass
class Scenario:
    """Checks at its end that nothing was lost, and nothing acknowledged unprocessed."""

    folder: Path
    fifo: bool = False
    expiries: int = 0  # so many messages may come again without a cause in the ledger
    agents: list[AgentProcess] = field(default_factory=list)
    _handled: set[tuple[str, int]] = field(default_factory=set)
    _read_to: int = 0

    def __post_init__(self) -> None:
        """Start the service."""
        queue = WorkQueue(self.handled, fifo=self.fifo)
        self.server = FaultServer(queue)

    def start(self, source: str, name: str = "agent", **environment: str) -> AgentProcess:
        """Start an agent of that name on a handler."""
        # In one step: an agent that starts meanwhile must not import half of it.
        (self.folder / "work.new").write_text(_PREAMBLE + dedent(source))
        (self.folder / "work.new").replace(self.folder / "work.py")
        suffix = ".fifo" if self.fifo else ""
        settings = {
            "AWS_ENDPOINT_URL": self.server.url,
            "AWS_ACCESS_KEY_ID": name,
            "SHOAL_QUEUE_URL": f"{self.server.url}/1/work{suffix}",
            "SHOAL_DEAD_LETTER_QUEUE_URL": f"{self.server.url}/1/dead{suffix}",
            "SHOAL_VISIBILITY_TIMEOUT_S": f"{VISIBILITY_S}",
            "SHOAL_RETRY_BASE_S": "1",
            "SHOAL_RETRY_MAX_S": "2",
            **environment,
        }
        agent = HastenedAgent(self.folder, "work:handle", settings)
        agent.hasten = lambda: self.server.look(lambda _: self.server.hastened.add(name))
        self.agents.append(agent)
        return agent

    def send(self, *bodies: str, group: str | None = None) -> list[str]:
        """Send messages; return their ids."""
        return self.server.look(lambda queue: [queue.send(body, group) for body in bodies])

    def inject(self, *faults: Fault) -> None:
        """Have these go wrong from now on."""
        self.server.look(lambda _: self.server.faults.extend(faults))

    def look(self, read: Callable[[WorkQueue], T]) -> T:
        """Read or change the queue."""
        return self.server.look(read)

    def notes(self, name: str) -> list[str]:
        """Return the lines that handlers have noted under that name."""
        path = self.folder / name
        return path.read_text().splitlines() if path.exists() else []

    def begun(self, count: int = 1) -> list[str]:
        """Wait until handlers have begun so often; return what they noted."""
        eventually(lambda: len(self.notes("begun")) >= count, f"{count} handlers did not begin")
        return self.notes("begun")

    def let(self, name: str) -> None:
        """End the wait of ``wait_for(name)``."""
        (self.folder / name).touch()

    def handled(self, message_id: str, number: int) -> bool:
        """Tell whether a handler has finished that delivery, as far as it has told."""
        path = self.folder / "handled"
        if path.exists():
            with path.open() as lines:
                lines.seek(self._read_to)
                for line in lines.read().splitlines():
                    found, count = line.split()
                    self._handled.add((found, int(count)))
                self._read_to = lines.tell()
        return (message_id, number) in self._handled

    def emptied(self) -> None:
        """Wait until every message has left the queue and every fault has struck."""
        eventually(lambda: not self.look(lambda queue: queue.left), "the queue is not empty")
        eventually(lambda: not self.server.faults, f"did not strike: {self.server.faults}")

    def killed(self, agent: AgentProcess, name: str = "agent") -> int:
        """Kill an agent; return how many messages it held then."""
        agent.signal(signal.SIGKILL)
        return self.dead(agent, name)

    def dead(self, agent: AgentProcess, name: str = "agent") -> int:
        """Wait for the end of an agent that does not drain; return how many messages it held."""
        agent.ended()
        eventually(lambda: self.server.open_polls[name] == 0, "a dead agent's poll is open")
        return self.look(lambda queue: queue.killed(name))

    def redelivered(self) -> dict[str, int]:
        """Return how often messages came again, by cause."""
        return dict(self.look(WorkQueue.redelivered))

    def audit(self) -> None:
        """Check what holds in every scenario."""
        assert self.server.queue.problems == []
        lost = [
            message.message_id
            for message in self.server.queue.messages.values()
            if message.deleted and not self._accounted(message.message_id, len(message.deliveries))
        ]
        assert lost == [], "deleted, and neither handled nor rejected"
        assert self.redelivered().get(EXPIRED, 0) <= self.expiries, self.redelivered()

    def close(self) -> None:
        """End the agents and the service."""
        with ExitStack() as ends:
            ends.callback(self.server.close)
            for agent in self.agents:
                ends.callback(agent.__exit__)

    def _accounted(self, message_id: str, deliveries: int) -> bool:
        if message_id in self.server.queue.rejected:
            return True
        return any(self.handled(message_id, number + 1) for number in range(deliveries))


def running(pid: str) -> bool:
    """Tell whether a process is there and has not ended."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rsplit(")", 1)[1].split()[0] != "Z"
