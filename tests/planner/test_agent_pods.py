"""Pods and nodes: when they are ready, which go first, what is paid for."""

from dataclasses import replace
from typing import Any

import pytest

from shoal_planner.agent_pods import NEVER_MS, AgentPods
from shoal_planner.arrivals import Arrivals
from shoal_planner.fixed_fleet import FixedFleet
from shoal_planner.fleet import Fleet
from shoal_planner.fleet_scaler import FleetScaler
from shoal_planner.fleet_scaling import FleetScaling
from shoal_planner.planner_input_error import PlannerInputError
from shoal_planner.processing_time import ProcessingTime
from shoal_planner.seeded import seeded
from shoal_planner.simulation import CountError, SimulationResult, simulate

FLEET = Fleet(
    ProcessingTime(10, "fixed"),
    start_delay_s=5,
    pods_per_node=2,
    node_provisioning_s=60,
    node_idle_s=30,
    min_nodes=1,
)


def test_a_pod_that_fits_starts_at_once_and_one_that_does_not_waits_for_a_node() -> None:
    pods = AgentPods(FLEET, 0)
    pods.scale_to(3, 0)
    assert len(pods.now_ready(5_000)) == 2
    assert pods.next_ready_ms == 65_000
    assert len(pods.now_ready(65_000)) == 1
    assert pods.next_ready_ms == NEVER_MS


def test_pods_that_are_not_ready_go_before_those_that_are() -> None:
    pods = AgentPods(FLEET, 0)
    pods.begin_with(1, 0)
    pods.scale_to(2, 0)
    assert pods.scale_to(1, 1_000) == []
    assert pods.ready == 1


def test_a_node_that_nobody_needs_is_paid_for_until_it_has_been_idle_long_enough() -> None:
    pods = AgentPods(FLEET, 0)
    pods.begin_with(4, 0)
    for pod in pods.scale_to(0, 100_000):
        pods.gone(pod, 100_000)
    for now_ms in (100_000, 115_000, 130_000, 145_000):
        pods.settle(now_ms)
    assert pods.node_ms(200_000) == 200_000 + 130_000
    assert pods.pod_ms(200_000) == 4 * 100_000


def held_at_scale_in(fleet: Fleet) -> SimulationResult:
    """One long message, and an order to go to zero right after it has been received."""

    class GoAway(FixedFleet):
        def __init__(self) -> None:
            super().__init__(0)
            self.next_due_ms = 1_500

    arrivals = Arrivals([0, 1_000, 600_000], [1, 0])
    return simulate(arrivals, fleet, GoAway(), rng=seeded(1), initial_replicas=1, model="message")


def test_a_draining_agent_finishes_what_it_holds() -> None:
    result = held_at_scale_in(FLEET)
    assert (result.done, result.redelivered, result.remaining) == (1, 0, 0)
    assert 10 <= result.replica_s <= 11.5


def test_what_outlives_the_drain_is_visible_again_at_its_end() -> None:
    slow = replace(FLEET, processing_time=ProcessingTime(300, "fixed"), drain_s=20.0)
    result = held_at_scale_in(slow)
    assert (result.done, result.remaining) == (0, 1)
    assert result.replica_s == pytest.approx(21.5)


def test_an_agent_without_a_drain_is_killed_and_its_message_waits_for_the_timeout() -> None:
    careless = replace(
        FLEET,
        processing_time=ProcessingTime(300, "fixed"),
        drains=False,
        termination_grace_period_s=30.0,
        visibility_timeout_s=500.0,
    )
    result = held_at_scale_in(careless)
    assert (result.done, result.remaining) == (0, 1)
    assert result.replica_s == pytest.approx(31.5)


def test_work_longer_than_its_visibility_without_a_heartbeat_is_done_twice() -> None:
    forgetful = replace(FLEET, heartbeat=False, visibility_timeout_s=4.0)
    arrivals = Arrivals([0, 1_000, 100_000], [1, 0])
    result = simulate(
        arrivals, forgetful, FixedFleet(2), rng=seeded(1), initial_replicas=2, model="message"
    )
    assert result.redelivered > 0
    assert result.done == 1


def test_counts_that_come_late_make_the_scaler_late() -> None:
    arrivals = Arrivals([0, 60_000, 61_000, 600_000], [0, 500, 0])
    scaling = FleetScaling(5, 50).scaled_object()

    def first_replica_ms(delay_s: float) -> int:
        result = simulate(
            arrivals,
            FLEET,
            FleetScaler(scaling, created_ms=0),
            rng=seeded(1),
            counts=CountError(delay_s=delay_s),
        )
        return next(look.at_ms for look in result.timeline if look.replicas)

    assert first_replica_ms(0) == 75_000
    assert first_replica_ms(40) == 105_000


def test_counts_that_are_off_change_what_the_scaler_wants_not_what_is_there() -> None:
    arrivals = Arrivals([0, 600_000], [6_000])
    scaling = FleetScaling(20, 50).scaled_object()
    results = [
        simulate(
            arrivals,
            FLEET,
            FleetScaler(scaling, created_ms=0),
            rng=seeded(1),
            counts=CountError(share=share),
        )
        for share in (0.0, 0.4)
    ]
    assert results[0].timeline != results[1].timeline
    assert all(r.sent == r.done + r.remaining for r in results)


@pytest.mark.parametrize(
    ("field", "value"),
    [("concurrency", 0), ("failure_share", 1.1), ("pods_per_node", 0), ("start_delay_s", -1)],
)
def test_a_fleet_that_cannot_be_is_refused(field: str, value: float) -> None:
    changes: dict[str, Any] = {field: value}
    with pytest.raises(PlannerInputError, match=field):
        replace(FLEET, **changes)


def test_a_flow_of_failing_messages_is_refused_with_the_model_to_take() -> None:
    failing = replace(FLEET, failure_share=0.1)
    with pytest.raises(PlannerInputError, match="message"):
        simulate(Arrivals([0, 1_000], [1]), failing, FixedFleet(1), rng=seeded(1), model="flow")
