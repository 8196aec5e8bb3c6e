"""A fleet under a load and a scaler: the loop that puts the models together.

The clock goes from instant to instant at which something outside the station happens: the
scaler is due, a pod becomes ready, the queue's counts are read. Everything between is the
station's (message by message, or as a flow). Chance comes from the generator passed in.
"""

from collections import deque
from dataclasses import dataclass
from random import Random
from typing import Literal, NamedTuple

from shoal_planner.agent_pods import AgentPods
from shoal_planner.arrivals import Arrivals
from shoal_planner.fleet import Fleet
from shoal_planner.flow_station import FlowStation
from shoal_planner.message_station import MessageStation
from shoal_planner.planner_input_error import PlannerInputError
from shoal_planner.queue_depth import EMPTY_QUEUE, QueueDepth
from shoal_planner.replica_scaler import ReplicaScaler
from shoal_planner.station import Station
from shoal_planner.wait_times import WaitTimes

Model = Literal["auto", "message", "flow"]
LOOK_EVERY_MS = 1_000
MOST_MESSAGES = 250_000
"""Above this `auto` takes the flow model where it fits: about a second's worth of messages."""


@dataclass(frozen=True, slots=True)
class CountError:
    """How far SQS's counts are from the truth (they are called approximate for a reason).

    `delay_s`: the counts are those of so long ago; `share`: each is off by up to this share.
    """

    delay_s: float = 0.0
    share: float = 0.0


EXACT_COUNTS = CountError()


class Look(NamedTuple):
    """What the scaler saw at an instant, what it then wanted, and what received."""

    at_ms: int
    visible: int
    in_flight: int
    replicas: int
    ready: int


@dataclass(frozen=True, slots=True)
class SimulationResult:
    """What happened. Messages are whole in the message model, amounts in the flow model.

    `remaining` messages were still in the queue, delayed or in flight at the end: sent = done
    + dead + remaining. `replica_s` counts pods from creation to exit, `ready_s` only while they
    receive, `node_s` the nodes under them, `queue_reads` what the scaler asked of SQS.
    """

    duration_s: float
    model: Model
    concurrency: int
    sent: float
    done: float
    dead: float
    remaining: float
    received: float
    redelivered: float
    waits: WaitTimes
    replica_s: float
    ready_s: float
    node_s: float
    queue_reads: int
    most_replicas: int
    timeline: list[Look]


def simulate(
    arrivals: Arrivals,
    fleet: Fleet,
    scaler: ReplicaScaler,
    *,
    rng: Random,
    initial_replicas: int = 0,
    model: Model = "auto",
    counts: CountError = EXACT_COUNTS,
) -> SimulationResult:
    """Run one fleet from the first arrival's bin to the end of the last."""
    model = choose_model(arrivals, fleet, model)
    run = _Run(arrivals, fleet, scaler, rng=rng, model=model, counts=counts)
    return run.to_the_end(initial_replicas)


def choose_model(arrivals: Arrivals, fleet: Fleet, model: Model) -> Model:
    """Return the model that `auto` means here; refuse a flow model that does not fit."""
    fits = FlowStation.fits(fleet)
    if model == "flow" and not fits:
        raise PlannerInputError(
            "model",
            model,
            allowed="message",
            why="the flow model knows no failures, delays, kills or expired visibility",
        )
    if model == "auto":
        return "flow" if fits and arrivals.total > MOST_MESSAGES else "message"
    return model


class _Run:
    """One simulation under way."""

    def __init__(
        self,
        arrivals: Arrivals,
        fleet: Fleet,
        scaler: ReplicaScaler,
        *,
        rng: Random,
        model: Model,
        counts: CountError,
    ) -> None:
        self._arrivals, self._fleet, self._scaler = arrivals, fleet, scaler
        self._rng, self._model, self._counts = rng, model, counts
        self._pods = AgentPods(fleet, arrivals.start_ms)
        self._station = self._make_station()
        self._delay_ms = round(counts.delay_s * 1000)
        self._looks: deque[QueueDepth] = deque(maxlen=self._delay_ms // LOOK_EVERY_MS + 2)
        self._next_look_ms = arrivals.start_ms
        self._timeline: list[Look] = []

    def _make_station(self) -> Station:
        gone = self._pods.gone
        if self._model == "flow":
            return FlowStation(self._arrivals, self._fleet, on_gone=gone)
        return MessageStation(self._arrivals, self._fleet, rng=self._rng, on_gone=gone)

    def to_the_end(self, replicas: int) -> SimulationResult:
        """Step from instant to instant until the arrivals end."""
        pods, station, scaler = self._pods, self._station, self._scaler
        station.ready(pods.begin_with(replicas, self._arrivals.start_ms))
        now_ms, end_ms = self._arrivals.start_ms, self._arrivals.end_ms
        while True:
            due_ms, ready_ms = scaler.next_due_ms, pods.next_ready_ms
            now_ms = min(due_ms, ready_ms, end_ms)
            if self._delay_ms:
                self._look_until(now_ms)
            station.advance(now_ms)
            if now_ms >= ready_ms:
                station.ready(pods.now_ready(now_ms))
            if now_ms >= end_ms:
                return self._result(end_ms)
            if now_ms >= due_ms:
                seen = self._seen_at(now_ms) if self._delay_ms else station.depth
                replicas = self._scale(now_ms, replicas, seen)

    def _look_until(self, now_ms: int) -> None:
        """Remember the counts of every second on the way, for a scaler that sees them late."""
        while self._next_look_ms <= now_ms:
            self._station.advance(self._next_look_ms)
            self._looks.append(self._station.depth)
            self._next_look_ms += LOOK_EVERY_MS

    def _seen_at(self, now_ms: int) -> QueueDepth:
        back = (self._next_look_ms - now_ms + self._delay_ms) // LOOK_EVERY_MS
        return self._looks[-back] if back <= len(self._looks) else EMPTY_QUEUE

    def _scale(self, now_ms: int, replicas: int, seen: QueueDepth) -> int:
        pods = self._pods
        wanted = self._scaler.step(
            now_ms,
            self._approximate(seen) if self._counts.share else seen,
            spec_replicas=replicas,
            status_replicas=pods.replicas,
            ready_replicas=pods.ready,
        )
        if wanted != replicas:
            self._station.leave(pods.scale_to(wanted, now_ms))
        pods.settle(now_ms)
        self._timeline.append(Look(now_ms, seen.visible, seen.in_flight, wanted, pods.ready))
        return wanted

    def _approximate(self, depth: QueueDepth) -> QueueDepth:
        share = self._counts.share
        off = [1 + share * (2 * self._rng.random() - 1) for _ in range(3)]
        return QueueDepth(
            round(depth.visible * off[0]),
            round(depth.in_flight * off[1]),
            round(depth.delayed * off[2]),
        )

    def _result(self, end_ms: int) -> SimulationResult:
        pods, station = self._pods, self._station
        remaining = station.remaining
        sent, done, dead = station.sent, station.done, station.dead
        received, redelivered = station.received, station.redelivered
        station.finish()
        return SimulationResult(
            duration_s=(end_ms - self._arrivals.start_ms) / 1000,
            model=self._model,
            concurrency=self._fleet.concurrency,
            sent=sent,
            done=done,
            dead=dead,
            remaining=remaining,
            received=received,
            redelivered=redelivered,
            waits=station.waits,
            replica_s=pods.pod_ms(end_ms) / 1000,
            ready_s=pods.ready_ms(end_ms) / 1000,
            node_s=pods.node_ms(end_ms) / 1000,
            queue_reads=self._scaler.queue_reads,
            most_replicas=max((look.replicas for look in self._timeline), default=0),
            timeline=self._timeline,
        )
