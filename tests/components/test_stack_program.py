"""The root program under each of its stacks, and under what people get wrong."""

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from pulumi_shoal import SettingsError
from shoal_local.program import load_program
from shoal_local.testing import Recorded, Secret, evaluate

ROOT = Path(__file__).parents[2]


def _config(stack: str) -> dict[str, Any]:
    config: dict[str, Any] = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"]
    return config


def _evaluate(config: dict[str, Any], stack: str = "test") -> Recorded:
    return evaluate(load_program(ROOT), config=config, stack=stack)


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_a_cloud_stack_has_everything_a_fleet_needs(stack: str) -> None:
    types = set(_evaluate(_config(stack), stack).types)
    assert types >= {
        "aws:sqs/queue:Queue",
        "eks:index:Cluster",
        "aws:iam/role:Role",
        "kubernetes:helm.sh/v3:Release",
        "docker-build:index:Image",
        "kubernetes:apps/v1:Deployment",
        "kubernetes:keda.sh/v1alpha1:ScaledObject",
    }


def test_the_laptop_has_the_same_fleet_on_no_cluster() -> None:
    types = set(_evaluate(_config("local")).types)
    assert {"shoal:index:QueueAgent", "kubernetes:keda.sh/v1alpha1:ScaledObject"} <= types
    left_out = {"eks:index:Cluster", "kubernetes:helm.sh/v3:Release", "docker-build:index:Image"}
    assert types.isdisjoint(left_out)


def test_production_is_protected_and_spread_over_three_zones() -> None:
    recorded = _evaluate(_config("prod"), "prod")
    assert recorded.only("eks:index:Cluster").protect
    vpc = recorded.only("awsx:ec2:Vpc").inputs
    assert vpc["numberOfAvailabilityZones"] == 3
    assert vpc["natGateways"] == {"strategy": "OnePerAz"}
    assert len(recorded.of_type("shoal:index:QueueAgent")) == 2


def test_exports_are_what_people_need_next() -> None:
    exports = _evaluate(_config("local")).exports
    assert set(exports) == {"agents", "clusterName", "kubeconfig"}
    assert isinstance(exports["kubeconfig"], Secret)
    assert set(exports["agents"]["thumbnails"]) == {
        "queueUrl",
        "queueArn",
        "deadLetterQueueUrl",
        "image",
        "plan",
    }


def test_agents_wait_for_keda_and_for_their_namespace() -> None:
    recorded = _evaluate(_config("dev"))
    scaled = recorded.named("thumbnails-scaled-object").dependencies
    assert recorded.only("kubernetes:helm.sh/v3:Release").urn in scaled
    assert recorded.named("agents").urn in scaled


def test_the_queue_hides_messages_as_long_as_the_plan_says() -> None:
    recorded = _evaluate(_config("prod"), "prod")
    queue = recorded.named("thumbnails-backfill-queue")
    plan = recorded.exports["agents"]["thumbnails-backfill"]["plan"]
    assert queue.inputs["visibilityTimeoutSeconds"] == plan["visibility_timeout_s"]


def test_an_existing_clusters_kubeconfig_stays_secret() -> None:
    config = _config("local") | {
        "shoal:cluster": Secret(
            {
                "kind": "existing",
                "kubeconfig": "hunter2",
                "oidcProviderArn": "arn:aws:iam::123456789012:oidc-provider/o",
                "oidcIssuer": "o",
            }
        )
    }
    recorded = _evaluate(config)
    assert isinstance(recorded.exports["kubeconfig"], Secret)
    assert any("keda-role-unknown" in text for text in recorded.warnings)


def test_a_secret_among_the_agents_settings_stays_secret() -> None:
    config = _config("local")
    agents = copy.deepcopy(config["shoal:agents"])
    agents[0]["environment"] = {"API_TOKEN": "hunter2"}
    recorded = _evaluate(config | {"shoal:agents": Secret(agents)})
    deployment = recorded.named("thumbnails-deployment").inputs
    assert "hunter2" not in repr(deployment)


def _with(path: str, value: Any, stack: str = "local") -> dict[str, Any]:
    """Return a stack's configuration with one value of the first agent or of a section set."""
    config = copy.deepcopy(_config(stack))
    where, _, rest = path.partition(".")
    target = config[f"shoal:{where}"]
    target = target[0] if isinstance(target, list) else target
    *parents, last = rest.split(".")
    for parent in parents:
        target = target.setdefault(parent, {})
    target[last] = value
    return config


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("agents.longestJobs", 3, r"shoal:agents\[0\]\.longestJobs .* write longestJob, or"),
        ("agents.scaling.minReplicaCount", 9, r"scaling\.maxReplicaCount is 4.*\[max-below-min\]"),
        ("agents.latencyGoal", "60s", r"scaling\.queueLength is 10.*\[goal-and-numbers\]"),
        ("agents.visibilityTimeout", "0s", r"visibilityTimeout is '0s'.*\[out-of-range\]"),
        ("agents.name", "a" * 55, r"\[scaled-object-name-too-long\]"),
        ("agents.queue", {"fifo": True, "queueName": "j"}, r"queueName is 'j'.*\[fifo-name"),
        ("agents.terminationGracePeriod", "5s", r"more than drain \(25 s\).*\[grace-under-drain\]"),
        ("agents.queue.messageRetention", "14d", r"\[dlq-retention-not-longer\]"),
        ("agents.build", {"context": "./agent"}, r"\[image-and-build\]"),
        ("agents.image", None, r"\[no-image\]"),
        ("agents.longestJob", "13h", r"longestJob is .*\[cannot-be-planned\]"),
        ("keda.install", True, r"shoal:keda\.install is True.*\[laptop-installs-keda\]"),
        ("cluster.kind", "cloud", r"kind is 'cloud': allowed is new or existing or laptop"),
        ("cluster.nodes", {}, r"shoal:cluster\.nodes is \{\}"),
    ],
)
def test_a_mistake_is_told_in_the_users_keys(path: str, value: Any, told: str) -> None:
    with pytest.raises(SettingsError, match=told) as error:
        _evaluate(_with(path, value))
    assert "Traceback" not in str(error.value)


def test_a_visibility_timeout_below_the_longest_job_needs_a_heartbeat() -> None:
    config = _with("agents.visibilityTimeout", "10s")
    _evaluate(config)
    config["shoal:agents"][0]["heartbeat"] = False
    with pytest.raises(SettingsError, match=r"more than longestJob \(20 s\) without heartbeat"):
        _evaluate(config)


def test_an_unknown_section_names_the_nearest_known_one() -> None:
    with pytest.raises(SettingsError, match=r"shoal:agent is .*write agents, or"):
        _evaluate(_config("local") | {"shoal:agent": []})


def test_two_agents_of_one_name_are_an_error() -> None:
    config = _config("local")
    with pytest.raises(SettingsError, match=r"shoal:agents is 'thumbnails'.*\[agent-named-twice\]"):
        _evaluate(config | {"shoal:agents": config["shoal:agents"] * 2})


def test_no_agents_is_an_error() -> None:
    with pytest.raises(SettingsError, match="no-agents"):
        _evaluate(_config("local") | {"shoal:agents": []})


def test_a_new_cluster_without_keda_is_an_error() -> None:
    with pytest.raises(SettingsError, match="keda-missing"):
        _evaluate(_config("dev") | {"shoal:keda": {"install": False}})
