"""The image as pods under a real KEDA: from zero, through a burst, and back to zero.

What this does not prove: AWS's own identities (the pods get made-up credentials), and a
network between nodes.
"""

import io
import json
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer
from PIL import Image
from tests.cluster.api_server import ApiServer, resource_path
from tests.cluster.control_plane import OPERATOR_CREDENTIALS, ControlPlane, control_plane
from tests.cluster.node import GATEWAY, missing_programs, node
from tests.cluster.pod_images import AGENT_IMAGE, pod_images
from tests.cluster.processes import POLL_S
from tests.cluster.recorder import NAMESPACE
from tests.cluster.scenario import AT_ONCE, AUTHENTICATION, QUICK_UP

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(1800)]

FLEET = "thumbnails"
BURST = 300
LARGEST = 4


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """A control plane with one node that has the agent's image."""
    if os.geteuid() != 0 or missing_programs():
        pytest.skip(f"a node needs root and Debian's {', '.join(missing_programs())}")
    archives = pod_images(tmp_path_factory.mktemp("archives"))
    with control_plane() as made, node(made, *archives):
        yield made


@pytest.fixture
def client(plane: ControlPlane) -> Iterator[Callable[[str], Any]]:
    """AWS where pods and this machine both reach it: the gateway of the pods' network."""
    assert plane.api.ready()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address=GATEWAY, port=0)
    server.start()
    host, port = server.get_host_and_port()

    def make(service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=f"http://{host}:{port}",
            region_name="eu-west-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    try:
        yield make
    finally:
        server.stop()


def _deployment(queue: str, endpoint: str) -> dict[str, Any]:
    environment = {
        "AWS_ENDPOINT_URL": endpoint,
        **OPERATOR_CREDENTIALS,
        "SHOAL_QUEUE_URL": queue,
        "SHOAL_HANDLER": "shoal_agent.handlers.thumbnails:handle",
    }
    nothing: dict[str, Any] = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    ready = {"httpGet": {"path": "/readyz", "port": 8080}, "periodSeconds": 1}
    container = {
        "name": "agent",
        "image": AGENT_IMAGE,
        "imagePullPolicy": "Never",
        "env": [{"name": name, "value": value} for name, value in environment.items()],
        "readinessProbe": ready,
        "securityContext": {**nothing, "readOnlyRootFilesystem": True},
    }
    pod = {
        "containers": [container],
        "terminationGracePeriodSeconds": 90,
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
    }
    labels = {"app": FLEET}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": FLEET, "namespace": NAMESPACE},
        "spec": {
            "replicas": 0,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    }


def _scaled_object(queue: str, endpoint: str) -> dict[str, Any]:
    metadata = {"queueURL": queue, "queueLength": "10", "awsRegion": "eu-west-1"}
    trigger = {
        "type": "aws-sqs-queue",
        "metadata": {**metadata, "awsEndpoint": endpoint},
        "authenticationRef": {"name": AUTHENTICATION},
    }
    behavior = {"scaleUp": QUICK_UP, "scaleDown": AT_ONCE}
    return {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": {"name": FLEET, "namespace": NAMESPACE},
        "spec": {
            "scaleTargetRef": {"name": FLEET},
            "pollingInterval": 5,
            "cooldownPeriod": 15,
            "maxReplicaCount": LARGEST,
            "advanced": {"horizontalPodAutoscalerConfig": {"behavior": behavior}},
            "triggers": [trigger],
        },
    }


class _Fleet:
    """What is seen of the fleet, above all how each pod's container ended."""

    def __init__(self, api: ApiServer) -> None:
        self._api = api
        self.exit_codes: dict[str, int] = {}
        path = resource_path("v1", "Pod", NAMESPACE, None)
        version = api.get(path)["metadata"]["resourceVersion"]
        threading.Thread(target=self._note_ends, args=(path, version), daemon=True).start()

    def _note_ends(self, path: str, version: str) -> None:
        for event in self._api.watch(path, version, 1500):
            pod = event["object"]
            for status in pod["status"].get("containerStatuses", []):
                ended = status["state"].get("terminated")
                if ended is not None:
                    self.exit_codes[pod["metadata"]["name"]] = ended["exitCode"]

    def replicas(self) -> int:
        """Return what the Deployment asks for now."""
        path = resource_path("apps/v1", "Deployment", NAMESPACE, FLEET)
        return int(self._api.get(path)["spec"]["replicas"])

    def pods(self) -> int:
        """Return how many pods there are, ending ones included."""
        return len(self._api.get(resource_path("v1", "Pod", NAMESPACE, None))["items"])


def _until(what: str, holds: Callable[[], bool], deadline_s: float = 240) -> None:
    end = time.monotonic() + deadline_s
    while not holds():
        assert time.monotonic() < end, what
        time.sleep(POLL_S)


def _send_burst(client: Callable[[str], Any], queue: str) -> None:
    s3, sqs = client("s3"), client("sqs")
    s3.create_bucket(Bucket=FLEET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    for number in range(BURST):
        picture = io.BytesIO()
        Image.new("RGB", (1600 + number, 1200), (number % 256, 90, 160)).save(picture, "JPEG")
        s3.put_object(Bucket=FLEET, Key=f"in/{number}.jpg", Body=picture.getvalue())
    for number in range(BURST):
        body = json.dumps({"bucket": FLEET, "key": f"in/{number}.jpg"})
        sqs.send_message(QueueUrl=queue, MessageBody=body)


def _thumbnails(client: Callable[[str], Any]) -> int:
    listed = client("s3").list_objects_v2(Bucket=FLEET, Prefix="thumbnails/")
    return int(listed["KeyCount"])


def _install(plane: ControlPlane, queue: str, endpoint: str) -> None:
    authentication = {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "TriggerAuthentication",
        "metadata": {"name": AUTHENTICATION, "namespace": NAMESPACE},
        "spec": {"podIdentity": {"provider": "aws"}},
    }
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
    deployment = _deployment(queue, endpoint)
    for manifest in (namespace, authentication, deployment, _scaled_object(queue, endpoint)):
        plane.api.apply(manifest)


def test_a_burst_brings_the_fleet_up_and_its_end_takes_every_pod_down_cleanly(
    plane: ControlPlane, client: Callable[[str], Any]
) -> None:
    queue = client("sqs").create_queue(QueueName=FLEET)["QueueUrl"]
    _install(plane, queue, client("sqs").meta.endpoint_url)
    fleet = _Fleet(plane.api)
    _send_burst(client, queue)

    _until("the fleet starts", lambda: fleet.replicas() > 0)
    _until(
        "every thumbnail is there", lambda: fleet.replicas() >= 0 and _thumbnails(client) == BURST
    )
    _until("the fleet is gone again", lambda: fleet.replicas() == 0 and fleet.pods() == 0)

    assert len(fleet.exit_codes) == LARGEST
    assert set(fleet.exit_codes.values()) == {0}
