"""``Recorded``: a question without an answer never passes for one."""

import pytest
from pulumi_aws import sns
from tests.local.pulumi_programs import QUEUE, WORK_QUEUE, WorkQueue

from shoal_local.testing import Recorded, evaluate

TOPIC = "aws:sns/topic:Topic"


@pytest.fixture(scope="module")
def recorded() -> Recorded:
    """Two queues in a component, and a topic that shares its name."""

    def program() -> None:
        WorkQueue("jobs")
        sns.Topic("jobs")

    return evaluate(program)


def test_types_are_listed_in_registration_order_without_the_stack(recorded: Recorded) -> None:
    assert sorted(recorded.types) == sorted([WORK_QUEUE, TOPIC, QUEUE, QUEUE])
    assert recorded.types[0] == WORK_QUEUE


def test_the_only_resource_of_a_type_is_found(recorded: Recorded) -> None:
    assert recorded.only(TOPIC).name == "jobs"


def test_the_only_one_of_a_type_that_is_not_there_is_an_error_that_lists_what_is(
    recorded: Recorded,
) -> None:
    with pytest.raises(LookupError, match=r"aws:sqs/queu:Queue; there are .*Queue 'jobs-dlq'"):
        recorded.only("aws:sqs/queu:Queue")


def test_the_only_one_of_a_type_of_which_there_are_two_is_an_error_that_lists_both(
    recorded: Recorded,
) -> None:
    with pytest.raises(LookupError, match=r"2 resources have the type .*jobs-dlq.*jobs-queue"):
        recorded.only(QUEUE)


def test_asking_for_all_of_a_type_that_is_not_there_is_an_error(recorded: Recorded) -> None:
    assert [queue.name for queue in recorded.of_type(QUEUE)] == ["jobs-dlq", "jobs-queue"]
    with pytest.raises(LookupError, match="no resource has the type aws:s3/bucket:Bucket"):
        recorded.of_type("aws:s3/bucket:Bucket")


def test_a_name_that_two_resources_share_needs_a_type(recorded: Recorded) -> None:
    with pytest.raises(LookupError, match="2 resources have the name 'jobs'"):
        recorded.named("jobs")
    assert recorded.named("jobs", TOPIC).type == TOPIC
    with pytest.raises(LookupError, match=r"the name 'jobs' and the type .*Queue; there are"):
        recorded.named("jobs", QUEUE)


def test_children_are_those_of_a_resource_that_exists(recorded: Recorded) -> None:
    component = recorded.only(WORK_QUEUE)
    assert [child.name for child in recorded.children(component.urn)] == [
        "jobs-dlq",
        "jobs-queue",
    ]
    assert {child.type for child in recorded.children(recorded.stack.urn)} == {WORK_QUEUE, TOPIC}
    assert recorded.children(recorded.only(TOPIC).urn) == []
    with pytest.raises(LookupError, match="no resource has the URN urn:nothing"):
        recorded.children("urn:nothing")


def test_an_empty_program_is_said_to_be_empty() -> None:
    with pytest.raises(LookupError, match="the program registered no resource"):
        evaluate(lambda: None).only(QUEUE)
