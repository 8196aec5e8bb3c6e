"""Transforms and transformations: what is recorded is what they left."""

from typing import Any

import pulumi
import pytest
from pulumi_aws import get_region, sqs
from tests.local.pulumi_programs import QUEUE, WorkQueue

from shoal_local.testing import evaluate


def _tagging(tag: str) -> pulumi.ResourceTransform:
    def transform(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        if args.type_ != QUEUE:
            return None
        tags: Any = args.props.get("tags", {})
        tags = {**tags, "order": f"{tags.get('order', '')}{tag}"}
        return pulumi.ResourceTransformResult({**args.props, "tags": tags}, args.opts)

    return transform


def test_transforms_run_from_the_resource_up_through_its_parents_to_the_stack() -> None:
    class Outer(pulumi.ComponentResource):
        def __init__(self, name: str, opts: pulumi.ResourceOptions) -> None:
            super().__init__("test:index:Outer", name, {}, opts)
            own = pulumi.ResourceOptions(parent=self, transforms=[_tagging("own ")])
            sqs.Queue(f"{name}-queue", opts=own)

    def program() -> None:
        pulumi.runtime.register_resource_transform(_tagging("stack"))
        Outer("outer", pulumi.ResourceOptions(transforms=[_tagging("parent ")]))

    assert evaluate(program).only(QUEUE).inputs["tags"] == {"order": "own parent stack"}


def test_a_transform_can_set_options() -> None:
    def protect(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult:
        options = pulumi.ResourceOptions.merge(
            args.opts,
            pulumi.ResourceOptions(
                protect=True,
                ignore_changes=["tags"],
                delete_before_replace=True,
                custom_timeouts=pulumi.CustomTimeouts(create="1m"),
            ),
        )
        return pulumi.ResourceTransformResult(args.props, options)

    options = pulumi.ResourceOptions(transforms=[protect], retain_on_delete=True)
    queue = evaluate(lambda: sqs.Queue("jobs", opts=options)).only(QUEUE)
    assert queue.protect is True
    assert queue.retain_on_delete is True
    assert queue.ignore_changes == ["tags"]
    assert queue.delete_before_replace is True
    assert queue.custom_timeouts == {"create": "1m"}


def test_a_transform_that_changes_nothing_leaves_inputs_and_dependencies_as_they_were() -> None:
    def program(*transforms: pulumi.ResourceTransform) -> None:
        WorkQueue("jobs", pulumi.ResourceOptions(transforms=list(transforms)))

    plain = evaluate(program)
    transformed = evaluate(lambda: program(lambda _args: None))
    assert transformed.resources == plain.resources


def test_a_transform_that_fails_fails_the_program_with_its_message() -> None:
    def broken(_args: pulumi.ResourceTransformArgs) -> None:
        raise ValueError("no such tag")

    options = pulumi.ResourceOptions(transforms=[broken])
    with pytest.raises(pulumi.RunError, match="no such tag"):
        evaluate(lambda: sqs.Queue("jobs", opts=options))


def test_a_transform_of_the_stack_in_one_evaluation_is_not_there_in_the_next() -> None:
    def program() -> None:
        pulumi.runtime.register_resource_transform(_tagging("stack"))
        sqs.Queue("jobs")

    evaluate(program)
    assert evaluate(lambda: sqs.Queue("jobs")).only(QUEUE).inputs == {}


def test_an_invoke_transform_rewrites_the_arguments_of_a_function() -> None:
    def elsewhere(args: pulumi.InvokeTransformArgs) -> pulumi.InvokeTransformResult:
        return pulumi.InvokeTransformResult({**args.args, "region": "ap-south-1"}, args.opts)

    def program() -> None:
        pulumi.runtime.register_invoke_transform(elsewhere)
        pulumi.export("region", get_region().region)

    assert evaluate(program).exports == {"region": "ap-south-1"}


def test_a_transformation_of_the_old_kind_runs_as_well() -> None:
    def rename(
        args: pulumi.ResourceTransformationArgs,
    ) -> pulumi.ResourceTransformationResult:
        return pulumi.ResourceTransformationResult({**args.props, "name": "renamed"}, args.opts)

    options = pulumi.ResourceOptions(transformations=[rename])
    queue = evaluate(lambda: sqs.Queue("jobs", opts=options)).only(QUEUE)
    assert queue.inputs == {"name": "renamed"}


def test_a_transform_that_changes_inputs_leaves_the_dependencies_of_the_resource_only() -> None:
    options = pulumi.ResourceOptions(transforms=[_tagging("own")])
    recorded = evaluate(lambda: WorkQueue("jobs", options))
    queue = recorded.named("jobs-queue")
    assert queue.dependencies == [recorded.named("jobs-dlq").urn]
    assert queue.property_dependencies == {}
