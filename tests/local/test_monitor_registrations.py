"""What the monitor records of a registration: all that the program said, and no more."""

import pulumi
import pytest
from pulumi_aws import Provider, s3, sqs
from tests.local.pulumi_programs import QUEUE, WORK_QUEUE, WorkQueue

from shoal_local.monitor import DuplicateUrnError
from shoal_local.testing import UNKNOWN, Asset, ResourceReference, Secret, evaluate

STACK_URN = "urn:pulumi:test::shoal::pulumi:pulumi:Stack::shoal-test"
BUCKET_OBJECT = "aws:s3/bucketObject:BucketObject"


def test_a_urn_carries_the_types_of_all_parents_but_not_the_stacks() -> None:
    recorded = evaluate(lambda: WorkQueue("jobs"))
    assert recorded.stack.urn == STACK_URN
    assert recorded.stack.parent is None
    component = recorded.only(WORK_QUEUE)
    assert component.urn == f"urn:pulumi:test::shoal::{WORK_QUEUE}::jobs"
    assert component.parent == STACK_URN
    queue = recorded.named("jobs-queue")
    assert queue.urn == f"urn:pulumi:test::shoal::{WORK_QUEUE}${QUEUE}::jobs-queue"
    assert queue.parent == component.urn


def test_two_resources_of_one_urn_are_an_error_as_in_the_engine() -> None:
    def program() -> None:
        sqs.Queue("jobs")
        sqs.Queue("jobs")

    with pytest.raises(DuplicateUrnError, match=r"Duplicate resource URN '.*Queue::jobs'"):
        evaluate(program)


def test_one_name_may_stand_under_two_parents_of_different_types() -> None:
    def program() -> None:
        sqs.Queue("jobs", opts=pulumi.ResourceOptions(parent=WorkQueue("first")))
        sqs.Queue("jobs")

    assert len({queue.urn for queue in evaluate(program).of_type(QUEUE)}) == 4


def test_inputs_have_the_providers_names_and_whole_numbers() -> None:
    queue = evaluate(lambda: WorkQueue("jobs")).named("jobs-queue")
    assert queue.inputs == {"visibilityTimeoutSeconds": 30, "redrivePolicy": UNKNOWN}
    assert type(queue.inputs["visibilityTimeoutSeconds"]) is int


def test_an_output_of_another_resource_is_unknown_and_a_dependency_by_property() -> None:
    recorded = evaluate(lambda: WorkQueue("jobs"))
    queue, dlq = recorded.named("jobs-queue"), recorded.named("jobs-dlq")
    assert queue.inputs["redrivePolicy"] is UNKNOWN
    assert queue.dependencies == [dlq.urn]
    assert queue.property_dependencies == {"redrivePolicy": [dlq.urn]}


def test_depending_on_a_component_is_depending_on_its_children() -> None:
    def program() -> None:
        jobs = WorkQueue("jobs")
        sqs.Queue("later", opts=pulumi.ResourceOptions(depends_on=[jobs]))

    recorded = evaluate(program)
    children = [child.urn for child in recorded.children(recorded.only(WORK_QUEUE).urn)]
    assert recorded.named("later").dependencies == sorted(children)
    assert recorded.named("later").property_dependencies == {}


def test_secrets_stay_secret_where_they_are_and_their_repr_tells_nothing() -> None:
    def program() -> None:
        password = pulumi.Output.secret("correct horse")
        sqs.Queue("jobs", name=password, tags={"plain": "seen", "hidden": password})

    inputs = evaluate(program).only(QUEUE).inputs
    assert inputs["name"] == Secret("correct horse")
    assert inputs["tags"] == {"plain": "seen", "hidden": Secret("correct horse")}
    assert "horse" not in repr(inputs)


def test_a_secret_that_is_not_known_yet_is_both() -> None:
    def program() -> None:
        jobs = sqs.Queue("jobs")
        sqs.Queue("copy", name=pulumi.Output.secret(jobs.name))

    assert evaluate(program).named("copy").inputs["name"] == Secret(UNKNOWN)


def test_a_resource_given_as_a_value_is_recorded_by_reference() -> None:
    class Holder(pulumi.CustomResource):
        def __init__(self, name: str, held: pulumi.Resource) -> None:
            super().__init__("test:index:Holder", name, {"held": held})

    recorded = evaluate(lambda: Holder("holder", sqs.Queue("jobs")))
    queue = recorded.only(QUEUE)
    holder = recorded.named("holder")
    assert holder.inputs["held"] == ResourceReference(queue.urn, UNKNOWN)
    assert holder.dependencies == [queue.urn]


def test_a_file_given_as_a_value_is_recorded_as_an_asset() -> None:
    def program() -> None:
        s3.BucketObject("note", bucket="notes", source=pulumi.StringAsset("read me"))

    source = evaluate(program).only(BUCKET_OBJECT).inputs["source"]
    assert source == Asset("asset", {"text": "read me"})


def test_every_option_of_a_custom_resource_is_recorded() -> None:
    def program() -> None:
        first = sqs.Queue("first")
        options = pulumi.ResourceOptions(
            protect=True,
            ignore_changes=["visibility_timeout_seconds"],
            replace_on_changes=["name"],
            retain_on_delete=True,
            deleted_with=first,
            delete_before_replace=True,
            aliases=["urn:pulumi:test::shoal::old:index:Type::name", pulumi.Alias(name="was")],
            additional_secret_outputs=["url"],
            custom_timeouts=pulumi.CustomTimeouts(create="5m", delete="10m"),
            version="7.1.0",
        )
        sqs.Queue("second", opts=options)
        sqs.Queue("third", opts=pulumi.ResourceOptions(import_="https://queue"))

    recorded = evaluate(program)
    second = recorded.named("second")
    assert second.protect is True
    assert second.ignore_changes == ["visibilityTimeoutSeconds"]
    assert second.replace_on_changes == ["name"]
    assert second.retain_on_delete is True
    assert second.deleted_with == recorded.named("first").urn
    assert second.delete_before_replace is True
    assert second.aliases == [
        "urn:pulumi:test::shoal::old:index:Type::name",
        {"name": "was"},
    ]
    assert second.additional_secret_outputs == ["url"]
    assert second.custom_timeouts == {"create": "5m", "delete": "10m"}
    assert second.version == "7.1.0"
    assert recorded.named("third").import_id == "https://queue"


def test_options_that_the_program_leaves_out_are_recorded_as_left_out() -> None:
    queue = evaluate(lambda: sqs.Queue("jobs")).only(QUEUE)
    assert (queue.protect, queue.retain_on_delete, queue.remote) == (False, False, False)
    assert queue.delete_before_replace is None
    assert queue.deleted_with is None
    assert queue.provider is None
    assert (queue.ignore_changes, queue.aliases, queue.dependencies) == ([], [], [])


def test_children_inherit_what_the_engine_lets_them_inherit() -> None:
    def program() -> None:
        first = sqs.Queue("first")
        options = pulumi.ResourceOptions(
            protect=True, retain_on_delete=True, deleted_with=first, ignore_changes=["tags"]
        )
        WorkQueue("jobs", options)

    recorded = evaluate(program)
    child = recorded.named("jobs-queue")
    assert child.protect is True
    assert child.retain_on_delete is True
    assert child.deleted_with == recorded.named("first").urn
    assert child.ignore_changes == []


def test_an_explicit_provider_reaches_the_children_of_a_component() -> None:
    def program() -> None:
        provider = Provider("elsewhere", region="eu-north-1")
        WorkQueue("jobs", pulumi.ResourceOptions(providers=[provider]))
        sqs.Queue("other")

    recorded = evaluate(program)
    provider = recorded.only("pulumi:providers:aws")
    assert provider.is_provider
    assert recorded.only(WORK_QUEUE).providers == {"aws": provider.urn}
    assert recorded.named("jobs-queue").provider == provider.urn
    assert recorded.named("other").provider is None


def test_the_child_of_a_resource_with_a_provider_is_served_by_the_same_one() -> None:
    def program() -> None:
        provider = Provider("elsewhere", region="eu-north-1")
        jobs = sqs.Queue("jobs", opts=pulumi.ResourceOptions(provider=provider))
        policy = {"queue_url": jobs.url, "policy": "{}"}
        sqs.QueuePolicy("policy", **policy, opts=pulumi.ResourceOptions(parent=jobs))

    recorded = evaluate(program)
    assert recorded.named("policy").provider == recorded.only("pulumi:providers:aws").urn


def test_outputs_of_a_component_are_those_it_registered() -> None:
    assert evaluate(lambda: WorkQueue("jobs")).only(WORK_QUEUE).outputs == {"url": UNKNOWN}


def test_registrations_come_in_the_same_order_in_every_run() -> None:
    def program() -> None:
        for index in range(8):
            WorkQueue(f"jobs-{index}")

    runs = [[resource.urn for resource in evaluate(program).resources] for _ in range(5)]
    assert all(run == runs[0] for run in runs)


def test_a_resource_is_registered_after_all_that_it_depends_on_and_after_its_parent() -> None:
    def program() -> None:
        jobs = WorkQueue("jobs")
        after = pulumi.ResourceOptions(depends_on=[WorkQueue("more")], parent=jobs)
        sqs.Queue("last", opts=after)

    recorded = evaluate(program)
    place = {resource.urn: index for index, resource in enumerate(recorded.resources)}
    for resource in recorded.resources:
        before = [urn for urn in [*resource.dependencies, resource.parent] if urn in place]
        assert all(place[urn] < place[resource.urn] for urn in before)
    assert recorded.named("last").dependencies != []


def test_a_look_up_by_id_is_recorded_as_one() -> None:
    queue = evaluate(lambda: sqs.Queue.get("shared", "https://queue")).only(QUEUE)
    assert queue.read_id == "https://queue"
    assert queue.id == "https://queue"
