"""What the agent means to reach, each as a ratio or a count of this very run."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench.agent.consumers import AGENT, LOOP, NODE
from bench.agent.image_size import ImageSize
from bench.agent.measurements import Idle, Latency, Load


@dataclass(frozen=True)
class Row:
    """What one consumer did; its loads by scheme: plaintext, TLS."""

    name: str
    loads: dict[str, Load]
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


def load_goals(rows: Sequence[Row]) -> Iterator[Goal]:
    """Yield the goals of throughput, CPU time and requests, plaintext and TLS."""
    agent = _named(rows, AGENT)
    loops = [row for row in rows if row.name.startswith("boto3")]
    nodes = [row for row in rows if row.name.startswith(NODE)]
    for scheme, own in agent.loads.items():
        for node in nodes:
            peer = node.loads[scheme]
            rate = own.messages_per_s / peer.messages_per_s
            cpu = own.cpu_ms_per_1000 / peer.cpu_ms_per_1000
            yield Goal(f"{scheme}: messages/s ÷ {NODE}'s", rate, 5, at_least=True)
            yield Goal(f"{scheme}: CPU per message ÷ {NODE}'s", cpu, 0.2)
        best = max(row.loads[scheme].messages_per_s for row in loops)
        rate = own.messages_per_s / best
        yield Goal(f"{scheme}: messages/s ÷ the best boto3 loop's", rate, 8, at_least=True)
    requests = max(own.requests_per_message for own in agent.loads.values())
    yield Goal("requests per message under load", requests, 0.25)


def rest_goals(
    rows: Sequence[Row], latency: Latency, raw: Latency, idle_requests_per_poll: float
) -> Iterator[Goal]:
    """Yield the goals of a start, of an idle queue, and of a single message."""
    own, loop = _named(rows, AGENT).rest, _named(rows, LOOP).rest
    start, memory = own.first_receive_ms / loop.first_receive_ms, own.rss_mb / loop.rss_mb
    yield Goal("time to the first receive ÷ the boto3 loop's", start, 0.7)
    yield Goal("idle memory ÷ the boto3 loop's (aim 0.7)", memory, 1)
    yield Goal("p99 of a single message ÷ raw HTTP's", latency.p99_ms / raw.p99_ms, 2)
    yield Goal("requests of an idle agent ÷ its long polls", idle_requests_per_poll, 1)


def image_goals(sizes: Sequence[ImageSize]) -> Iterator[Goal]:
    """Yield the goals of the image's size."""
    own = next(size for size in sizes if size.name == AGENT)
    for size in sizes:
        if size.name == LOOP:
            yield Goal("image: MB installed ÷ the boto3 loop's", own.layer_mb / size.layer_mb, 1)
        elif size.name == NODE:
            ratio = own.total_mb / size.total_mb
            yield Goal(f"image: MB with the runtime ÷ {NODE}'s", ratio, 1)


def _named(rows: Sequence[Row], name: str) -> Row:
    return next(row for row in rows if row.name == name)
