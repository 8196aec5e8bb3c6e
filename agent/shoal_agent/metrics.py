"""The agent's metrics, in Prometheus' text format.

A registry of our own: prometheus_client was measured to cost 6.6 MB and over 50 ms at start,
and 0.8 to 1.3 µs for each count, where one thread that needs no lock spends 0.2.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from shoal_agent import contract

# Upper bounds in seconds: from a cached look-up to the longest job that fits a visibility
# timeout nobody has to think about.
PROCESSING_BUCKETS_S = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900)
# Waits reach further: a fleet that scales from zero, a backlog of an hour.
WAIT_BUCKETS_S = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3600)


class Metric(Protocol):
    """Anything that can write its lines."""

    name: str
    text: str
    labels: Sequence[str]
    kind: str

    def lines(self) -> Iterator[str]:
        """Yield the lines of the exposition."""


class Counter:
    """A number that only grows, one for each set of label values."""

    kind = "counter"

    def __init__(self, name: str, text: str, labels: Sequence[str] = ()) -> None:
        self.name, self.text, self.labels = name, text, labels
        self._values: dict[tuple[str, ...], float] = {} if labels else {(): 0}

    def add(self, *label_values: str, amount: float = 1) -> None:
        """Count ``amount`` more."""
        self._values[label_values] = self._values.get(label_values, 0) + amount

    def value(self, *label_values: str) -> float:
        """Return what has been counted."""
        return self._values.get(label_values, 0)

    def lines(self) -> Iterator[str]:
        """Yield the lines of the exposition."""
        yield from _head(self)
        for values, number in self._values.items():
            yield f"{self.name}{_labels(self.labels, values)} {number:.15g}"


class Gauge:
    """A number that is read when it is asked for."""

    kind = "gauge"

    def __init__(self, name: str, text: str, read: Callable[[], float]) -> None:
        self.name, self.text, self.read = name, text, read
        self.labels: Sequence[str] = ()

    def lines(self) -> Iterator[str]:
        """Yield the lines of the exposition."""
        yield from _head(self)
        yield f"{self.name} {self.read():.15g}"


class Histogram:
    """How often a duration fell into each bucket."""

    kind = "histogram"

    def __init__(self, name: str, text: str, bounds_s: Sequence[float]) -> None:
        self.name, self.text, self.bounds_s = name, text, bounds_s
        self.labels: Sequence[str] = ()
        self._counts = [0] * (len(bounds_s) + 1)
        self._sum_s = 0.0

    def observe(self, duration_s: float) -> None:
        """Count one duration."""
        self._counts[bisect_left(self.bounds_s, duration_s)] += 1
        self._sum_s += duration_s

    def lines(self) -> Iterator[str]:
        """Yield the lines of the exposition."""
        yield from _head(self)
        below = 0
        for bound, count in zip((*self.bounds_s, "+Inf"), self._counts, strict=True):
            below += count
            yield f'{self.name}_bucket{{le="{bound}"}} {below}'
        yield f"{self.name}_sum {self._sum_s:.15g}"
        yield f"{self.name}_count {below}"


class AgentMetrics:
    """Every metric of an agent; their names and units are the contract's."""

    def __init__(self) -> None:
        self.received = Counter(contract.METRIC_RECEIVED, "Messages received from the queue.")
        self.completed = Counter(
            contract.METRIC_COMPLETED, "Messages that left the agent, by result.", ["result"]
        )
        self.processing_s = Histogram(
            contract.METRIC_PROCESSING_SECONDS,
            "Time from a handler's start to its end.",
            PROCESSING_BUCKETS_S,
        )
        self.wait_s = Histogram(
            contract.METRIC_WAIT_SECONDS,
            "Time from the sending of a message to its handler's start.",
            WAIT_BUCKETS_S,
        )
        self.requests = Counter(
            contract.METRIC_REQUESTS,
            "Requests to SQS; the outcome is ok, no_answer or the code of the error.",
            ["action", "outcome"],
        )
        self.lapsed = Counter(
            contract.METRIC_LAPSED,
            "Messages whose visibility ended before the agent had settled them.",
        )
        self.loop_blocked_s = Counter(
            contract.METRIC_LOOP_BLOCKED_SECONDS,
            "Time for which handlers kept the agent's loop from running.",
        )
        self.in_flight = Gauge(
            contract.METRIC_IN_FLIGHT,
            "Messages held: waiting, worked on, or being settled.",
            lambda: 0,  # until an agent has something to count
        )
        self.all: list[Metric] = list(vars(self).values())

    def render(self) -> str:
        """Return the exposition."""
        return "".join(f"{line}\n" for metric in self.all for line in metric.lines())


def _head(metric: Metric) -> Iterator[str]:
    yield f"# HELP {metric.name} {metric.text}"
    yield f"# TYPE {metric.name} {metric.kind}"


def _labels(names: Sequence[str], values: Sequence[str]) -> str:
    if not names:
        return ""
    pairs = ",".join(f'{name}="{_escaped(v)}"' for name, v in zip(names, values, strict=True))
    return f"{{{pairs}}}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
