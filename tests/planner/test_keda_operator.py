"""KEDA's loop: activation, cooldown, idle mode, pause, fallback, and what it asks for."""

from typing import Any

import pytest
from tests.planner.manifests import counts, replicas, scaled_object

from shoal_planner import FleetScaler, QueueDepth

CALM: dict[str, Any] = {"behavior": {}}
KEPT_UP: dict[str, Any] = {"behavior": {"scaleDown": {"selectPolicy": "Disabled"}}}


def test_a_queue_at_its_activation_threshold_wakes_nobody() -> None:
    settings = scaled_object(metadata={"activationQueueLength": "20"}, pollingInterval=10, **CALM)
    assert replicas(settings, [(0, 20), (33, 21)], until=44) == [(0, 0), (40, 1)]


def test_waking_goes_straight_to_the_minimum_in_idle_mode() -> None:
    settings = scaled_object(minReplicaCount=3, idleReplicaCount=0, pollingInterval=10, **CALM)
    assert replicas(settings, [(0, 0), (33, 1)], until=44) == [(0, 0), (40, 3)]


def test_cooldown_counts_from_the_last_active_poll_and_cuts_to_zero() -> None:
    settings = scaled_object(cooldownPeriod=60, pollingInterval=10, **KEPT_UP)
    course = replicas(settings, [(0, 500), (93, 0)], until=300)
    assert counts(course)[-2] > 10
    assert course[-1] == (150, 0)  # active at 90 s for the last time


def test_cooldown_is_looked_at_only_when_polling() -> None:
    settings = scaled_object(cooldownPeriod=61, pollingInterval=10, **KEPT_UP)
    assert replicas(settings, [(0, 500), (93, 0)], until=300)[-1] == (160, 0)


def test_a_fleet_with_a_minimum_has_no_cooldown() -> None:
    settings = scaled_object(minReplicaCount=2, cooldownPeriod=0, **KEPT_UP)
    assert counts(replicas(settings, [(0, 0)], initial=9, until=900)) == [9]


def test_initial_cooldown_keeps_what_never_had_work() -> None:
    settings = scaled_object(initialCooldownPeriod=125, pollingInterval=10, **KEPT_UP)
    assert replicas(settings, [(0, 0)], initial=4, until=300) == [(0, 4), (130, 0)]


def test_the_first_work_replaces_initial_cooldown_by_cooldown() -> None:
    settings = scaled_object(
        initialCooldownPeriod=600, cooldownPeriod=30, pollingInterval=10, **KEPT_UP
    )
    course = replicas(settings, [(0, 0), (33, 10), (57, 0)], initial=4, until=300)
    assert course == [(0, 4), (80, 0)]


def test_without_initial_cooldown_an_unused_fleet_ends_at_the_first_poll() -> None:
    course = replicas(scaled_object(), [(0, 0)], initial=5, first_poll=0.3, until=100)
    assert course == [(0, 5), (0.3, 0)]


def test_an_inactive_fleet_below_its_minimum_is_raised_by_the_poll() -> None:
    settings = scaled_object(minReplicaCount=4)
    assert replicas(settings, [(0, 0)], initial=0, first_poll=2, until=10) == [(0, 0), (2, 4)]


def test_errors_without_a_fallback_keep_a_fleet_past_its_cooldown() -> None:
    settings = scaled_object(cooldownPeriod=30, pollingInterval=10, **KEPT_UP)
    course = replicas(settings, [(0, 50), (47, None), (207, 0)], until=300)
    assert course[-1] == (210, 0)


@pytest.mark.parametrize(
    ("behavior", "expected"),
    [
        ("static", 6),
        ("currentReplicas", 8),
        ("currentReplicasIfHigher", 8),
        ("currentReplicasIfLower", 6),
    ],
)
def test_each_fallback_behavior_asks_for_its_replicas(behavior: str, expected: int) -> None:
    settings = scaled_object(
        minReplicaCount=1,
        behavior={"scaleDown": {"stabilizationWindowSeconds": 0}},
        fallback={"failureThreshold": 2, "replicas": 6, "behavior": behavior},
    )
    course = replicas(settings, [(0, 80), (20, None)], initial=8, until=300)
    assert counts(course)[-1] == expected


def test_a_fallback_counts_the_failures_of_polls_and_syncs_together() -> None:
    settings = scaled_object(
        pollingInterval=10,
        behavior={},
        fallback={"failureThreshold": 3, "replicas": 6},
    )
    # Refused: poll 40, sync 45, poll 50; more than three: the sync at 60, before the poll.
    course = replicas(settings, [(0, 20), (33, None)], initial=2, until=100)
    assert course == [(0, 2), (60, 6)]


def test_a_fallback_wakes_a_fleet_from_zero() -> None:
    settings = scaled_object(
        pollingInterval=10, behavior={}, fallback={"failureThreshold": 1, "replicas": 3}
    )
    assert replicas(settings, [(0, None)], until=40) == [(0, 0), (10, 1), (15, 3)]


def test_a_fallback_to_nothing_does_not_stop_the_cooldown() -> None:
    settings = scaled_object(
        pollingInterval=10,
        cooldownPeriod=20,
        fallback={"failureThreshold": 99, "replicas": 0},
        **KEPT_UP,
    )
    assert replicas(settings, [(0, 30), (13, None)], initial=3, until=100) == [(0, 3), (30, 0)]


def test_cached_metrics_show_the_hpa_what_the_last_poll_saw() -> None:
    settings = scaled_object(
        minReplicaCount=1,
        pollingInterval=40,
        behavior={},
        triggers=[
            {"type": "aws-sqs-queue", "useCachedMetrics": True, "metadata": {"queueLength": "10"}}
        ],
    )
    # Seen by the poll at 40 s; the sync at 45 s is the first to know.
    assert replicas(settings, [(0, 10), (17, 30)], initial=1, until=60) == [(0, 1), (45, 3)]


def test_a_paused_fleet_keeps_what_it_has() -> None:
    settings = scaled_object(annotations={"autoscaling.keda.sh/paused": "true"})
    assert replicas(settings, [(0, 900)], initial=3) == [(0, 3)]


def test_a_fleet_paused_at_a_count_is_set_to_it() -> None:
    settings = scaled_object(annotations={"autoscaling.keda.sh/paused-replicas": "4"})
    assert replicas(settings, [(0, 900)], initial=1, first_poll=1) == [(0, 1), (1, 4)]


def test_paused_scale_in_stops_cooldown_and_the_hpa() -> None:
    settings = scaled_object(
        annotations={"autoscaling.keda.sh/paused-scale-in": "true"},
        pollingInterval=10,
        cooldownPeriod=0,
    )
    course = replicas(settings, [(0, 50), (33, 0)], until=900)
    assert course == [(0, 1), (15, 5)]  # the annotation makes a behavior: 1 to 5, not to 4


def test_paused_scale_out_stops_activation_and_the_hpa() -> None:
    annotations = {"autoscaling.keda.sh/paused-scale-out": "true"}
    settings = scaled_object(annotations=annotations, pollingInterval=10)
    assert replicas(settings, [(0, 500)], until=100) == [(0, 0)]
    assert replicas(settings, [(0, 500)], initial=3, until=100) == [(0, 3)]


def test_forced_activation_keeps_an_empty_fleet_awake() -> None:
    settings = scaled_object(annotations={"autoscaling.keda.sh/force-activation": "true"})
    assert replicas(settings, [(0, 0)], until=900) == [(0, 1)]


@pytest.mark.parametrize(
    ("minimum", "reads"),
    [
        (0, 49 + 16),  # polls at 0 s to 240 s, syncs at 15 s to 240 s
        (1, 3 + 16),  # polls until the first sync, which from then on they go by
    ],
)
def test_with_a_minimum_only_the_hpa_asks_the_queue(minimum: int, reads: int) -> None:
    settings = scaled_object(minReplicaCount=minimum, pollingInterval=5)
    scaler = FleetScaler(settings, created_ms=0)
    while (now_ms := scaler.next_due_ms) <= 240_000:
        scaler.step(now_ms, QueueDepth(5), spec_replicas=1, status_replicas=1)
    assert scaler.queue_reads == reads
