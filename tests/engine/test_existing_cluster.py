"""A stack on a cluster that stands already: its kubeconfig is the one secret that opens it."""

import json
from pathlib import Path

import pytest
import yaml
from tests.engine.pulumi_project import PulumiProject, copy_of_the_checkout
from tests.engine.standins.urns import type_of

pytestmark = [pytest.mark.engine, pytest.mark.timeout(300)]

ISSUER = "oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE"
TOKEN = "planted-cluster-token"
KUBECONFIG = json.dumps({"users": [{"name": "admin", "user": {"token": TOKEN}}]})


def settings_of_an_existing_cluster(dev: str) -> str:
    """Return the dev stack's settings with a cluster that stands and an image that is built."""
    settings = yaml.safe_load(dev)["config"]
    settings["shoal:cluster"] = {
        "kind": "existing",
        "oidcIssuer": ISSUER,
        "oidcProviderArn": f"arn:aws:iam::123456789012:oidc-provider/{ISSUER}",
    }
    (agent,) = settings["shoal:agents"]
    del agent["build"]
    agent["image"] = "registry.example.com/agent@sha256:0123"
    return yaml.safe_dump({"config": settings})


def test_the_kubeconfig_of_an_existing_cluster_is_nowhere_in_the_state(
    tmp_path: Path, aws_endpoint: str
) -> None:
    folder = tmp_path / "project"
    copy_of_the_checkout(folder)
    dev = (folder / "Pulumi.dev.yaml").read_text()
    (folder / "Pulumi.existing.yaml").write_text(settings_of_an_existing_cluster(dev))
    project = PulumiProject(folder, aws_endpoint=aws_endpoint)
    project.select("existing")
    project.set_secret("shoal:cluster.kubeconfig", KUBECONFIG)
    project.up()
    state = project.state_text()
    kinds = {type_of(each["urn"]) for each in project.state()}
    assert TOKEN not in state
    assert TOKEN not in json.dumps(project.outputs())
    assert "kubernetes:keda.sh/v1alpha1:ScaledObject" in kinds
    assert "eks:index:Cluster" not in kinds
    project.destroy()
    assert project.plugins_left() == []
