"""From Kubernetes objects to fleets that follow their queues."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from tests.local.deployments import NAMESPACE, deployment
from tests.local.waiting import eventually

from shoal_agent import contract
from shoal_local.agent_container import FleetInputError
from shoal_local.agent_output import LogLine, announced_health_port, read_line
from shoal_local.guardian import Guardian
from shoal_local.kubernetes_objects import LocalObjects, is_kubernetes_object, manifest_of
from shoal_local.laptop_environment import laptop_environment
from shoal_local.local_agents import LocalAgents
from shoal_local.moto_server import MotoServer
from shoal_local.restart_backoff import RestartBackoff

REGION = "eu-west-1"
# It stays until SIGTERM, and touches no message: the depth is the test's.
IDLE = [sys.executable, "-c", "import signal; signal.pause()"]


def _scaled_object(url: str, **metadata: str) -> dict[str, Any]:
    trigger = {"queueLength": "5", "awsRegion": REGION, "queueURL": url, **metadata}
    return {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": {"name": "thumbnails", "namespace": NAMESPACE},
        "spec": {
            "scaleTargetRef": {"name": "thumbnails"},
            "pollingInterval": 1,
            "cooldownPeriod": 1,
            "maxReplicaCount": 3,
            "triggers": [{"type": "aws-sqs-queue", "metadata": trigger}],
        },
    }


async def _with_agents(
    server: MotoServer,
    objects: LocalObjects,
    act: Callable[[LocalAgents], Awaitable[None]],
    *,
    sync_period_s: float = 0.2,
) -> None:
    with Guardian() as guardian:
        agents = LocalAgents.of_objects(
            objects, server, directory=Path(), guardian=guardian, on_line=lambda _pod, _line: None
        )
        scaling = asyncio.create_task(agents.run(sync_period_s=sync_period_s))
        try:
            await act(agents)
        finally:
            scaling.cancel()
            await asyncio.wait([scaling])
            await agents.drain()


def _objects(*manifests: dict[str, Any]) -> LocalObjects:
    objects = LocalObjects()
    for manifest in manifests:
        objects.apply(manifest)
    return objects


def test_a_fleet_follows_its_queue_from_zero_to_the_maximum_and_back() -> None:
    with MotoServer(REGION) as server:
        sqs = server.client("sqs")
        url = sqs.create_queue(QueueName="work")["QueueUrl"]

        async def act(agents: LocalAgents) -> None:
            (scaled,) = agents.scaled
            assert scaled.queue_url == url
            await asyncio.to_thread(_send, sqs, url, 30)
            await eventually(lambda: len(scaled.fleet.active) == 3, "the maximum")
            await asyncio.to_thread(sqs.purge_queue, QueueUrl=url)
            await eventually(lambda: not scaled.fleet.pods, "an empty fleet")

        env = [{"name": contract.QUEUE_URL, "value": url}]
        objects = _objects(deployment(IDLE, env=env), _scaled_object(url))
        asyncio.run(_with_agents(server, objects, act))


def _send(sqs: Any, url: str, count: int) -> None:
    for _ in range(count):
        sqs.send_message(QueueUrl=url, MessageBody="x")


def test_a_deployment_without_a_scaled_object_keeps_its_replicas() -> None:
    async def act(agents: LocalAgents) -> None:
        assert agents.scaled == []
        (fleet,) = agents.fixed
        await eventually(lambda: fleet.ready_count == 2, "two pods")

    manifest = deployment(IDLE)
    manifest["spec"]["replicas"] = 2
    with MotoServer(REGION) as server:
        asyncio.run(_with_agents(server, _objects(manifest), act))


def test_a_scaled_object_without_its_deployment_is_an_error_that_names_both() -> None:
    async def act(_agents: LocalAgents) -> None:
        raise AssertionError("there is nothing to run")

    with (
        MotoServer(REGION) as server,
        pytest.raises(FleetInputError, match="Deployment thumbnails in namespace agents, which"),
    ):
        asyncio.run(_with_agents(server, _objects(_scaled_object("http://q")), act))


def test_an_agent_sees_its_manifest_and_this_machine_and_nothing_of_the_users(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "work")
    monkeypatch.setenv("SECRET_OF_MINE", "x")
    given = {"THUMBNAIL_MAX_PX": "64", contract.MIDDLEWARE: "mine:trace"}
    aws = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
    environment = laptop_environment(given, aws, directory=tmp_path)
    assert environment["THUMBNAIL_MAX_PX"] == "64"
    assert environment["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"
    assert environment["PYTHONPATH"] == str(tmp_path)
    assert environment[contract.MIDDLEWARE] == "shoal_local.attempt_log:log_attempts,mine:trace"
    assert environment[contract.HEALTH_PORT] == environment[contract.METRICS_PORT] == "0"
    assert environment["PATH"].split(os.pathsep)[0] == str(Path(sys.executable).parent)
    assert not {"AWS_PROFILE", "SECRET_OF_MINE"} & environment.keys()


def test_a_crashed_container_waits_as_a_kubelet_has_it_wait() -> None:
    backoff = RestartBackoff()
    assert [backoff.delay_s(1) for _ in range(8)] == [0, 10, 20, 40, 80, 160, 300, 300]
    assert backoff.delay_s(600) == 0, "ten minutes without a crash start over"


def test_a_chart_is_no_kubernetes_object_and_a_custom_resource_is() -> None:
    assert is_kubernetes_object("kubernetes:keda.sh/v1alpha1:ScaledObject")
    assert not is_kubernetes_object("kubernetes:helm.sh/v3:Release")
    assert not is_kubernetes_object("aws:sqs/queue:Queue")


def test_a_manifest_is_named_and_placed_as_the_provider_would() -> None:
    deployed = manifest_of("kubernetes:apps/v1:Deployment", "web", {"metadata": {"name": "w"}})
    assert deployed["apiVersion"] == "apps/v1"
    assert deployed["metadata"] == {"name": "w", "namespace": "default"}
    namespace = manifest_of("kubernetes:core/v1:Namespace", "agents", {})
    assert (namespace["apiVersion"], namespace["kind"]) == ("v1", "Namespace")
    assert set(namespace["metadata"]) == {"name"}
    assert namespace["metadata"]["name"].startswith("agents-")


def test_an_agents_json_is_read_and_a_print_is_kept_as_it_is() -> None:
    line = '{"level": "ERROR", "text": "failed", "message_id": "m1"}'
    assert read_line(line) == LogLine("ERROR", "failed (m1)")
    assert read_line(line).is_serious
    assert read_line("{not json") == LogLine("INFO", "{not json")
    assert announced_health_port('{"text": "listening", "health_port": 4711}') == 4711
    assert announced_health_port("health_port 4711") is None
