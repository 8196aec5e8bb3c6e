"""The message model against queueing theory, the flow model against the message model.

Seeds are fixed, so each test always gives the same answer; the bounds are 99.9 % confidence
intervals of independent runs, so that another seed would have passed as well.
"""

import math
from collections.abc import Callable
from statistics import mean, stdev

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.planner.fleets import fleet, run_fixed, steady

from shoal_planner.agent_pods import AgentPods
from shoal_planner.arrival_patterns import PATTERNS, pattern
from shoal_planner.fleet import Fleet
from shoal_planner.fleet_scaler import FleetScaler
from shoal_planner.fleet_scaling import FleetScaling
from shoal_planner.message_station import MessageStation
from shoal_planner.processing_time import ProcessingTime
from shoal_planner.seeded import seeded
from shoal_planner.simulation import Model, simulate

RUNS = 12
STUDENT_T = 4.44  # 99.9 %, 11 degrees of freedom, two-sided
WARM_SECONDS = 8_000


def erlang_c_wait_s(rate: float, mean_s: float, slots: int) -> float:
    """Return the mean wait of M/M/c."""
    load = rate * mean_s
    tail = load**slots / math.factorial(slots) * slots / (slots - load)
    waiting = tail / (sum(load**k / math.factorial(k) for k in range(slots)) + tail)
    return waiting * mean_s / (slots - load)


def crommelin_wait_s(rate: float, mean_s: float, slots: int) -> float:
    """Return the mean wait of M/D/c.

    Whoever is in work now will be done one processing time later, so the number present obeys
    N(t + D) = max(N(t) - c, 0) + Poisson(rate x D); its fixed point is the stationary
    distribution (Crommelin 1932), and Little's law makes a wait of its mean.
    """
    size, load = 200, rate * mean_s
    arrive = [math.exp(-load)]
    for k in range(1, size):
        arrive.append(arrive[-1] * load / k)
    present = [1.0] + [0.0] * (size - 1)
    for _ in range(400):
        left = [sum(present[: slots + 1]), *present[slots + 1 :]]
        present = [
            sum(left[j] * arrive[n - j] for j in range(min(n + 1, len(left)))) for n in range(size)
        ]
    return sum(n * p for n, p in enumerate(present)) / rate - mean_s


def interval(sample: Callable[[int], float]) -> tuple[float, float]:
    """Return the 99.9 % confidence interval of a mean over independent runs."""
    values = [sample(seed) for seed in range(RUNS)]
    half = STUDENT_T * stdev(values) / math.sqrt(RUNS)
    return mean(values) - half, mean(values) + half


@pytest.mark.parametrize(("slots", "load"), [(1, 0.5), (1, 0.7), (3, 2.4), (8, 7.0)])
def test_exponential_work_waits_as_long_as_erlang_says(slots: int, load: float) -> None:
    low, high = interval(
        lambda seed: (
            run_fixed(steady(load, WARM_SECONDS, seed), fleet(1.0), slots, seed=seed).waits.mean_s
        )
    )
    assert low <= erlang_c_wait_s(load, 1.0, slots) <= high
    assert high - low < 0.5 * high  # an interval that holds anything proves nothing


@pytest.mark.parametrize(("slots", "load"), [(1, 0.7), (4, 3.2)])
def test_fixed_work_waits_as_long_as_crommelin_says(slots: int, load: float) -> None:
    low, high = interval(
        lambda seed: (
            run_fixed(
                steady(load, WARM_SECONDS, seed), fleet(1.0, "fixed"), slots, seed=seed
            ).waits.mean_s
        )
    )
    assert low <= crommelin_wait_s(load, 1.0, slots) <= high
    assert high - low < 0.3 * high


def test_crommelin_with_one_slot_is_pollaczek_and_khinchine() -> None:
    assert crommelin_wait_s(0.7, 1.0, 1) == pytest.approx(0.7 / (2 * 0.3), rel=1e-6)


def test_slots_of_one_agent_are_worth_as_much_as_agents_of_one_slot() -> None:
    together = interval(
        lambda seed: (
            run_fixed(
                steady(2.4, 4_000, seed), fleet(1.0, concurrency=3), 1, seed=seed
            ).waits.mean_s
        )
    )
    assert together[0] <= erlang_c_wait_s(2.4, 1.0, 3) <= together[1]


def test_backlog_is_rate_times_sojourn() -> None:
    """Little's law, of the two sides measured each for itself."""
    arrivals = steady(2.4, 20_000, seed=5)
    work = fleet(1.0, "lognormal", concurrency=3)
    station = MessageStation(arrivals, work, rng=seeded(5), on_gone=lambda _pod, _at: None)
    station.ready(AgentPods(work, 0).begin_with(1, 0))
    station.advance(arrivals.end_ms)
    backlog = station.backlog_ms / arrivals.end_ms
    rate = station.done / arrivals.duration_s
    sojourn_s = station.sojourn_ms / station.done / 1000
    assert backlog == pytest.approx(rate * sojourn_s, rel=0.01)


@pytest.mark.parametrize("name", ["diurnal", "bursts", "constant"])
def test_the_flow_model_agrees_with_the_message_model(name: str) -> None:
    arrivals = pattern(name, rate_per_s=15, duration_s=14_400, rng=seeded(3))
    work = fleet(2.0, concurrency=4)
    scaling = FleetScaling(queue_length=100, max_replica_count=20)

    def run(model: Model) -> tuple[float, float, float]:
        result = simulate(
            arrivals,
            work,
            FleetScaler(scaling.scaled_object(), created_ms=0),
            rng=seeded(1),
            model=model,
        )
        return result.waits.mean_s, result.waits.percentiles_s(99)[0], result.replica_s

    flow, message = run("flow"), run("message")
    assert flow[0] == pytest.approx(message[0], rel=0.10, abs=1.0)
    assert flow[1] == pytest.approx(message[1], rel=0.10)
    assert flow[2] == pytest.approx(message[2], rel=0.05)


@settings(max_examples=40)
@given(
    name=st.sampled_from(PATTERNS),
    seed=st.integers(0, 1_000),
    failures=st.sampled_from([0.0, 0.2, 0.9]),
    heartbeat=st.booleans(),
    drains=st.booleans(),
    delay_s=st.sampled_from([0.0, 20.0]),
    mean_s=st.sampled_from([0.5, 20.0]),
)
def test_every_message_arrives_once_and_ends_once(
    *,
    name: str,
    seed: int,
    failures: float,
    heartbeat: bool,
    drains: bool,
    delay_s: float,
    mean_s: float,
) -> None:
    arrivals = pattern(name, rate_per_s=1, duration_s=3_600, rng=seeded(seed))
    work = Fleet(
        ProcessingTime(mean_s, "lognormal", 2.0),
        concurrency=2,
        failure_share=failures,
        heartbeat=heartbeat,
        drains=drains,
        delay_s=delay_s,
        visibility_timeout_s=30,
        max_receive_count=3,
    )
    scaling = FleetScaling(4, 10, scale_down_stabilization_s=0, cooldown_period_s=30)
    result = simulate(
        arrivals,
        work,
        FleetScaler(scaling.scaled_object(), created_ms=0),
        rng=seeded(seed),
        model="message",
    )
    assert result.sent == arrivals.total
    assert result.sent == result.done + result.dead + result.remaining
    assert min(result.done, result.dead, result.remaining) >= 0


@pytest.mark.parametrize("model", ["flow", "message"])
def test_the_flow_and_the_messages_both_add_up(model: Model) -> None:
    arrivals = pattern("bursts", rate_per_s=20, duration_s=7_200, rng=seeded(2))
    result = simulate(
        arrivals,
        fleet(2.0, concurrency=4),
        FleetScaler(FleetScaling(60, 12).scaled_object(), created_ms=0),
        rng=seeded(2),
        model=model,
    )
    assert result.sent == pytest.approx(arrivals.total)
    assert result.sent == pytest.approx(result.done + result.dead + result.remaining)
    assert result.waits.messages <= result.sent + 1e-6
