"""The stand-ins can fail: what the stack program's tests rely on is shown on a wrong program.

`programs/finalizer_left_behind` depends the wrong way round, and holds one unmarked secret.
"""

from collections.abc import Iterator

import boto3
import pytest
from tests.engine.pulumi_project import PulumiError, PulumiProject, copy_program

pytestmark = [pytest.mark.engine, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def wrong(tmp_path_factory: pytest.TempPathFactory, aws_endpoint: str) -> Iterator[PulumiProject]:
    folder = tmp_path_factory.mktemp("wrong") / "project"
    copy_program("finalizer_left_behind", folder)
    project = PulumiProject(folder, aws_endpoint=aws_endpoint)
    project.select("test")
    project.run("config", "set", "aws:region", "eu-west-1")
    project.up()
    yield project
    assert project.plugins_left() == []


def test_a_value_that_is_not_marked_secret_is_seen_in_the_state(wrong: PulumiProject) -> None:
    state = wrong.state_text()
    assert "open-token" in state
    assert "marked-token" not in state


def test_a_queue_that_somebody_deleted_is_missed_by_a_refresh(
    wrong: PulumiProject, aws_endpoint: str
) -> None:
    sqs = boto3.client(
        "sqs",
        endpoint_url=aws_endpoint,
        region_name="eu-west-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    sqs.delete_queue(QueueUrl=wrong.outputs()["queue_url"])
    with pytest.raises(PulumiError, match="no changes were expected for refresh"):
        wrong.refresh()


def test_a_custom_resource_that_outlives_keda_stops_the_destroy(wrong: PulumiProject) -> None:
    with pytest.raises(PulumiError, match="cannot be deleted: KEDA's operator"):
        wrong.destroy()
