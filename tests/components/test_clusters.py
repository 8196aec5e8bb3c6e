"""Clusters, KEDA, roles and images as a program registers them.

What this does not prove: what the EKS component makes inside itself; it is one opaque resource.
"""

import json
from typing import Any

import botocore.session
import pytest
from tests.components.programs import CLUSTER, CLUSTER_REF, PROVIDER_ARN, recorded_fleet

from pulumi_shoal import AgentImage, EksCluster, ExistingCluster, IrsaRole, Keda, SettingsError
from shoal_local.testing import UNKNOWN, Recorded, Secret, evaluate

EKS = "eks:index:Cluster"


def _cluster(**args: Any) -> Recorded:
    given: Any = {"public_access_cidrs": ["203.0.113.0/24"], **args}
    return evaluate(lambda: EksCluster("main", given))


def _names(recorded: Recorded) -> set[str]:
    return {resource.name for resource in recorded.resources}


def test_a_new_cluster_has_exactly_these_children() -> None:
    assert _names(_cluster()) == {
        "main",
        "main-vpc",
        "main-logs",
        "main-secrets-key",
        "main-eks",
        "main-node-role",
        "main-node-worker",
        "main-node-network",
        "main-node-images",
        "main-nodes",
        "main-kubernetes",
    }


def test_a_new_cluster_is_private_and_opened_by_iam_alone() -> None:
    inputs = _cluster().only(EKS).inputs
    assert inputs["authenticationMode"] == "API"
    assert inputs["createOidcProvider"] is True
    assert inputs["endpointPrivateAccess"] is True
    assert inputs["publicAccessCidrs"] == ["203.0.113.0/24"]
    assert inputs["skipDefaultNodeGroup"] is True
    assert inputs["name"] == "main-test"


def test_secrets_are_encrypted_by_a_key_that_rotates() -> None:
    recorded = _cluster()
    key = recorded.named("main-secrets-key")
    assert key.inputs["enableKeyRotation"] is True
    assert key.urn in recorded.only(EKS).dependencies
    assert "main-secrets-key" not in _names(_cluster(encrypt_secrets=False))


def test_logs_have_an_end_before_eks_writes_the_first() -> None:
    recorded = _cluster(log_retention_days=90)
    group = recorded.named("main-logs")
    assert group.inputs == {"name": "/aws/eks/main-test/cluster", "retentionInDays": 90}
    assert group.urn in recorded.only(EKS).dependencies
    assert "main-logs" not in _names(_cluster(log_types=[]))


def test_everything_on_the_cluster_waits_for_its_nodes() -> None:
    recorded = _cluster()
    assert recorded.named("main-nodes").urn in recorded.named("main-kubernetes").dependencies
    attachments = {recorded.named(f"main-node-{part}").urn for part in ("worker", "network")}
    assert attachments <= set(recorded.named("main-nodes").dependencies)


def test_auto_mode_needs_no_node_group_of_ours() -> None:
    recorded = _cluster(auto_mode=True)
    assert "main-nodes" not in _names(recorded)
    assert recorded.only(EKS).inputs["autoMode"] == {"enabled": True}


def test_a_network_that_is_given_is_used() -> None:
    network = {"vpc_id": "vpc-1", "private_subnet_ids": ["subnet-1", "subnet-2"]}
    recorded = _cluster(network=network)
    assert "main-vpc" not in _names(recorded)
    assert recorded.only(EKS).inputs["vpcId"] == "vpc-1"
    assert recorded.named("main-nodes").inputs["subnetIds"] == ["subnet-1", "subnet-2"]


def test_deletion_protection_holds_in_aws_and_in_pulumi() -> None:
    protected = _cluster(deletion_protection=True).only(EKS)
    assert (protected.protect, protected.inputs["deletionProtection"]) == (True, True)
    assert not _cluster().only(EKS).protect


def test_administrators_get_an_access_entry_each() -> None:
    arns = ["arn:aws:iam::123456789012:role/ops"]
    entries = _cluster(admin_role_arns=arns).only(EKS).inputs["accessEntries"]
    assert [entry["principalArn"] for entry in entries.values()] == arns


def test_the_kubeconfig_of_any_cluster_is_a_secret() -> None:
    existing = evaluate(lambda: ExistingCluster("main", CLUSTER))  # type: ignore[arg-type]
    for recorded in (_cluster(), existing):
        assert isinstance(recorded.named("main-kubernetes").inputs["kubeconfig"], Secret)


def test_a_role_trusts_one_service_account() -> None:
    given: Any = {
        "cluster": CLUSTER_REF,
        "namespace": "shoal",
        "service_account": "resize",
        "permissions": [{"actions": ["s3:GetObject"], "resources": ["arn:aws:s3:::a/*"]}],
    }
    role = evaluate(lambda: IrsaRole("resize", given)).named("resize-role")
    (statement,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
    assert statement["Principal"] == {"Federated": PROVIDER_ARN}
    assert set(statement["Condition"]["StringEquals"].values()) == {
        "system:serviceaccount:shoal:resize",
        "sts.amazonaws.com",
    }


def test_a_long_name_still_makes_a_role() -> None:
    # IAM allows 64 characters, and the provider adds 26 to a prefix.
    given: Any = {"cluster": CLUSTER_REF, "namespace": "n", "service_account": "s"}
    role = evaluate(lambda: IrsaRole("r" * 60, given)).only("aws:iam/role:Role")
    assert len(role.inputs["namePrefix"]) + 26 <= 64


def test_a_role_without_permissions_has_no_policy() -> None:
    # IAM rejects a policy document with no statement.
    given: Any = {"cluster": CLUSTER_REF, "namespace": "n", "service_account": "s"}
    assert _names(evaluate(lambda: IrsaRole("r", given))) == {"r", "r-role"}


def test_keda_is_pinned_and_leaves_its_crds_behind() -> None:
    release = recorded_fleet(preview=True).only("kubernetes:helm.sh/v3:Release")
    assert (release.inputs["chart"], release.inputs["version"]) == ("keda", "2.20.2")
    assert release.inputs["repositoryOpts"] == {"repo": "https://kedacore.github.io/charts"}
    crds = release.inputs["values"]["crds"]
    assert crds["additionalAnnotations"] == {"helm.sh/resource-policy": "keep"}


def test_kedas_operator_has_a_role_bound_to_its_service_account() -> None:
    recorded = recorded_fleet(preview=False)
    role = recorded.named("keda-operator-role")
    assert "system:serviceaccount:keda:keda-operator" in role.inputs["assumeRolePolicy"]
    values = recorded.only("kubernetes:helm.sh/v3:Release").inputs["values"]
    irsa = values["podIdentity"]["aws"]["irsa"]
    assert irsa["enabled"] is True
    assert irsa["roleArn"].startswith("arn:aws:iam::")
    assert values["serviceAccount"]["operator"]["name"] == "keda-operator"


def test_copies_of_keda_bring_a_disruption_budget() -> None:
    given: Any = {"cluster": CLUSTER_REF, "replicas": 2}
    values = (
        evaluate(lambda: Keda("keda", given)).only("kubernetes:helm.sh/v3:Release").inputs["values"]
    )
    assert values["operator"] == {"replicaCount": 2}
    assert values["podDisruptionBudget"]["operator"] == {"maxUnavailable": 1}


@pytest.fixture
def context(tmp_path: Any) -> str:
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    return str(tmp_path)


def test_a_preview_builds_no_image_and_knows_no_digest(context: str) -> None:
    recorded = evaluate(lambda: AgentImage("agent", {"context": context}))
    image = recorded.only("docker-build:index:Image")
    assert image.inputs["buildOnPreview"] is False
    assert image.inputs["push"] is True
    assert image.inputs["tags"] == [UNKNOWN]


def test_an_image_is_pushed_under_a_digest_of_its_sources(context: str) -> None:
    recorded = evaluate(lambda: AgentImage("agent", {"context": context}), preview=False)
    image = recorded.only("docker-build:index:Image")
    (tag,) = image.inputs["tags"]
    assert len(tag.rpartition(":")[2]) == 16
    (registry,) = image.inputs["registries"]
    assert isinstance(registry["password"], Secret)


def test_ecr_knows_what_a_repository_sets(context: str) -> None:
    recorded = evaluate(lambda: AgentImage("agent", {"context": context}))
    inputs = recorded.only("aws:ecr/repository:Repository").inputs
    ecr: Any = botocore.session.get_session().get_service_model("ecr")
    assert inputs["imageTagMutability"] in ecr.shape_for("ImageTagMutability").enum
    (exclusion,) = inputs["imageTagMutabilityExclusionFilters"]
    known = ecr.shape_for("ImageTagMutabilityExclusionFilterType").enum
    assert exclusion == {"filter": "cache", "filterType": known[0]}
    assert inputs["imageScanningConfiguration"] == {"scanOnPush": True}


def test_a_missing_build_context_is_told_before_any_resource(context: str) -> None:
    with pytest.raises(SettingsError, match="build-context-missing"):
        evaluate(lambda: AgentImage("agent", {"context": f"{context}/nowhere"}))
    with pytest.raises(SettingsError, match="dockerfile-missing"):
        evaluate(lambda: AgentImage("agent", {"context": context, "dockerfile": "Other"}))
