"""One clock for both loops: due times, ties, lateness, and pods that lag behind."""

from tests.planner.manifests import scaled_object

from shoal_planner import FleetScaler, QueueDepth
from shoal_planner.fleet_scaler import NEVER_MS

BUSY = QueueDepth(visible=100)


def test_the_loops_start_at_creation_and_one_sync_period_later() -> None:
    scaler = FleetScaler(scaled_object(pollingInterval=60), created_ms=1_000)
    assert scaler.next_due_ms == 1_000
    scaler.step(1_000, BUSY, spec_replicas=1, status_replicas=1)
    assert scaler.next_due_ms == 16_000


def test_before_anything_is_due_nothing_changes() -> None:
    scaler = FleetScaler(scaled_object(), created_ms=0, first_poll_ms=500)
    assert scaler.step(499, BUSY, spec_replicas=0, status_replicas=0) == 0
    assert scaler.queue_reads == 0


def test_a_sync_goes_before_a_poll_at_the_same_instant() -> None:
    scaler = FleetScaler(scaled_object(), created_ms=0, first_poll_ms=15_000)
    assert scaler.step(15_000, BUSY, spec_replicas=0, status_replicas=0) == 1


def test_a_step_that_is_late_runs_each_loop_once_and_keeps_its_phase() -> None:
    scaler = FleetScaler(scaled_object(pollingInterval=10), created_ms=0)
    scaler.step(0, BUSY, spec_replicas=1, status_replicas=1)
    assert scaler.step(47_000, BUSY, spec_replicas=1, status_replicas=1) == 4
    assert scaler.queue_reads == 3
    assert scaler.next_due_ms == 50_000
    scaler.step(50_000, BUSY, spec_replicas=4, status_replicas=4)
    assert scaler.next_due_ms == 60_000


def test_a_step_some_milliseconds_late_remembers_the_instant_that_was_due() -> None:
    settings = scaled_object(minReplicaCount=1, behavior={"scaleUp": {}})
    scaler = FleetScaler(settings, created_ms=0)
    scaler.step(15_040, BUSY, spec_replicas=1, status_replicas=1)
    # Were the first step remembered at 15.040 s, the period of 15 s would still hold it.
    assert scaler.step(30_000, BUSY, spec_replicas=5, status_replicas=5) == 10


def test_without_a_pod_yet_no_tolerance_applies() -> None:
    scaler = FleetScaler(scaled_object(minReplicaCount=1), created_ms=0, first_poll_ms=10**6)
    depth = QueueDepth(visible=11)  # a ratio of 1.1, within the tolerance for one pod
    assert scaler.step(15_000, depth, spec_replicas=1, status_replicas=0) == 2


def test_a_sync_goes_by_the_pods_that_exist() -> None:
    scaler = FleetScaler(scaled_object(minReplicaCount=1), created_ms=0, first_poll_ms=10**6)
    # 100 messages for 9 pods are outside the tolerance, for 10 they are not.
    assert scaler.step(15_000, QueueDepth(100), spec_replicas=10, status_replicas=9) == 10


def test_a_paused_fleet_is_never_due_again() -> None:
    settings = scaled_object(annotations={"autoscaling.keda.sh/paused-replicas": "3"})
    scaler = FleetScaler(settings, created_ms=0)
    assert scaler.step(0, BUSY, spec_replicas=1, status_replicas=1) == 3
    assert scaler.next_due_ms == NEVER_MS


def test_a_sync_period_of_another_cluster_can_be_given() -> None:
    scaler = FleetScaler(scaled_object(), created_ms=0, sync_period_ms=30_000)
    scaler.step(0, BUSY, spec_replicas=1, status_replicas=1)
    assert scaler.next_due_ms == 30_000
    scaler.step(30_000, BUSY, spec_replicas=1, status_replicas=1)
    assert scaler.next_due_ms == 60_000


def test_a_value_target_goes_by_the_pods_that_are_ready() -> None:
    trigger = {"type": "aws-sqs-queue", "metricType": "Value", "metadata": {"queueLength": "10"}}
    settings = scaled_object(minReplicaCount=1, behavior={}, triggers=[trigger])
    scaler = FleetScaler(settings, created_ms=0, first_poll_ms=10**6)
    depth = QueueDepth(visible=20)
    assert scaler.step(15_000, depth, spec_replicas=4, status_replicas=4, ready_replicas=3) == 2 * 3
