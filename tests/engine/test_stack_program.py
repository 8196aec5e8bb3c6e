"""The stack program under the real engine: previewed, brought up, left alone, taken down.

What this does not prove: that AWS and Kubernetes accept the inputs (the stand-ins take all),
and that the order of a destroy is quick enough for a real cluster.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from tests.engine.pulumi_project import PulumiProject, copy_of_the_checkout
from tests.engine.registered import UNKNOWN, Registered, differences, of_the_engine, of_the_laptop
from tests.engine.standins import journal
from tests.engine.standins.urns import name_of, type_of
from tests.engine.waiting import needs

pytestmark = [pytest.mark.engine, pytest.mark.timeout(600)]

TOKEN = "planted-agent-token"
NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
CLUSTER = "aws:eks/cluster:Cluster"
QUEUE = "aws:sqs/queue:Queue"
RELEASE = "kubernetes:helm.sh/v3:Release"
SCALED_OBJECT = "kubernetes:keda.sh/v1alpha1:ScaledObject"
TRIGGER_AUTHENTICATION = "kubernetes:keda.sh/v1alpha1:TriggerAuthentication"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, aws_endpoint: str) -> Iterator[PulumiProject]:
    """Return the project of this checkout, with a state of its own."""
    folder = tmp_path_factory.mktemp("stack") / "project"
    copy_of_the_checkout(folder)
    project = PulumiProject(folder, aws_endpoint=aws_endpoint)
    yield project
    assert project.plugins_left() == []


@dataclass(frozen=True)
class Previews:
    """One stack, previewed on both sides."""

    engine: dict[str, Registered]
    laptop: dict[str, Registered]


@pytest.fixture(scope="module", params=["dev", "prod"])
def previews(request: pytest.FixtureRequest, project: PulumiProject) -> Previews:
    """Return both previews of a stack that has never been up."""
    project.select(request.param)
    engine = of_the_engine(project.preview())
    return Previews(engine, of_the_laptop(project.laptop_preview(request.param)))


def test_the_engine_registers_what_the_laptop_previews(previews: Previews) -> None:
    assert differences(previews.engine, previews.laptop) == []


def test_the_first_preview_knows_what_it_does_not_know(previews: Previews) -> None:
    for urn, resource in previews.engine.items():
        if type_of(urn) != "kubernetes:apps/v1:Deployment":
            continue
        (container,) = resource.inputs["spec"]["template"]["spec"]["containers"]
        environment = {each["name"]: each["value"] for each in container["env"]}
        assert container["image"] == UNKNOWN
        assert environment["SHOAL_QUEUE_URL"] == UNKNOWN
        assert environment["SHOAL_CONCURRENCY"] != UNKNOWN


@dataclass(frozen=True)
class Life:
    """What the one stack that is really brought up left behind at each station."""

    state_text: str
    second_up: str
    refreshed: str
    left: list[dict[str, Any]]
    done: list[journal.Entry]

    @property
    def state(self) -> list[dict[str, Any]]:
        """Return the resources that stood while the stack was up."""
        resources: list[dict[str, Any]] = json.loads(self.state_text)["deployment"]["resources"]
        return resources

    def urns(self, type_token: str) -> list[str]:
        """Return the resources of a type, of which there must be one at least."""
        found = [each["urn"] for each in self.state if type_of(each["urn"]) == type_token]
        assert found
        return found

    def deleted(self, *type_tokens: str) -> list[int]:
        """Return the places of these types in the order of deletion."""
        deletions = [entry.urn for entry in self.done if entry.operation == "delete"]
        found = [place for place, urn in enumerate(deletions) if type_of(urn) in type_tokens]
        assert found
        return found


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory, aws_endpoint: str) -> Life:
    """Bring the dev stack up, again, refresh it, and destroy it."""
    folder = tmp_path_factory.mktemp("life") / "project"
    copy_of_the_checkout(folder)
    project = PulumiProject(folder, aws_endpoint=aws_endpoint)
    project.select("dev")
    project.set_secret("shoal:agents[0].environment.API_TOKEN", TOKEN)
    project.up()
    state_text = project.state_text()
    second_up = project.up("--expect-no-changes")
    refreshed = project.refresh()
    project.destroy()
    assert project.plugins_left() == []
    return Life(state_text, second_up, refreshed, project.state(), project.journal)


def test_a_second_up_changes_nothing(life: Life) -> None:
    assert f"{len(life.state) - _default_providers(life.state)} unchanged" in life.second_up


def test_a_refresh_finds_everything_where_it_was(life: Life) -> None:
    assert "unchanged" in life.refreshed


@pytest.mark.parametrize("secret", [TOKEN, "planted-registry-password", "get-token"])
def test_the_state_shows_no_secret(life: Life, secret: str) -> None:
    assert secret not in life.state_text
    assert "ciphertext" in life.state_text


def test_custom_resources_of_keda_are_gone_before_keda(life: Life) -> None:
    of_keda = life.deleted(SCALED_OBJECT, TRIGGER_AUTHENTICATION)
    assert max(of_keda) < min(life.deleted(RELEASE))


def test_keda_is_gone_before_the_nodes_it_runs_on_and_they_before_the_cluster(life: Life) -> None:
    assert max(life.deleted(RELEASE)) < min(life.deleted(NODE_GROUP))
    assert max(life.deleted(NODE_GROUP)) < min(life.deleted(CLUSTER))


def test_the_order_of_the_destroy_follows_from_dependencies_and_not_from_luck(life: Life) -> None:
    for urn in [*life.urns(SCALED_OBJECT), *life.urns(TRIGGER_AUTHENTICATION)]:
        assert set(life.urns(RELEASE)) <= needs(life.state, urn)
    for urn in life.urns(RELEASE):
        assert {*life.urns(NODE_GROUP), *life.urns(CLUSTER)} <= needs(life.state, urn)
        assert not needs(life.state, urn) & {*life.urns(QUEUE)}


def test_a_destroy_leaves_nothing(life: Life) -> None:
    assert life.left == []


def _default_providers(state: list[dict[str, Any]]) -> int:
    return sum(name_of(each["urn"]).startswith("default") for each in state)
