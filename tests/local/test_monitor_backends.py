"""The seam to whatever creates: calls one at a time, in order, with what they may rely on."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pytest
from pulumi_aws import sqs
from tests.local.pulumi_programs import QUEUE, WorkQueue

from shoal_local.backend import Answer
from shoal_local.evaluation import Evaluation
from shoal_local.property_values import Secret, reveal
from shoal_local.registration import Resource
from shoal_local.testing import evaluate
from shoal_local.values_backend import ValuesBackend


class RememberingBackend(ValuesBackend):
    """Creates what is asked and keeps the order; refuses one name."""

    def __init__(self, refused: str | None = None) -> None:
        super().__init__()
        self.created: list[Resource] = []
        self._refused = refused

    def create(self, resource: Resource) -> Answer:
        """Keep it."""
        if resource.name == self._refused:
            raise ConnectionError(f"{resource.name} cannot be made")
        self.created.append(resource)
        return Answer(f"id-of-{resource.name}", {"arn": f"arn-of-{resource.name}"})


def test_a_backend_is_asked_for_custom_resources_alone_in_an_order_that_can_be_created() -> None:
    backend = RememberingBackend()
    evaluate(lambda: WorkQueue("jobs"), preview=False, backend=backend)
    assert [resource.name for resource in backend.created] == ["jobs-dlq", "jobs-queue"]


def test_what_a_backend_answers_is_what_dependents_and_exports_see() -> None:
    def program() -> None:
        jobs = WorkQueue("jobs")
        pulumi.export("arn", jobs.dlq.arn)
        pulumi.export("id", jobs.dlq.id)

    recorded = evaluate(program, preview=False, backend=RememberingBackend())
    policy = recorded.named("jobs-queue").inputs["redrivePolicy"]
    assert policy == '{"deadLetterTargetArn": "arn-of-jobs-dlq"}'
    assert recorded.exports == {"arn": "arn-of-jobs-dlq", "id": "id-of-jobs-dlq"}
    dlq = recorded.named("jobs-dlq")
    assert (dlq.id, dlq.outputs) == ("id-of-jobs-dlq", {"arn": "arn-of-jobs-dlq"})


def test_a_failure_leaves_the_list_of_what_was_made_and_what_was_not() -> None:
    evaluation = Evaluation(
        RememberingBackend(refused="jobs-queue"), project="shoal", stack="test", preview=False
    )
    with pytest.raises(ConnectionError, match="jobs-queue cannot be made"):
        evaluation.run(lambda: WorkQueue("jobs"))
    assert [(resource.name, resource.id) for resource in evaluation.resources] == [
        ("jobs", None),
        ("jobs-dlq", "id-of-jobs-dlq"),
        ("jobs-queue", None),
    ]


def test_each_registration_is_announced_before_it_is_answered() -> None:
    announced: list[tuple[str, object]] = []
    evaluation = Evaluation(
        RememberingBackend(),
        project="shoal",
        stack="test",
        preview=False,
        on_registered=lambda resource: announced.append((resource.name, resource.id)),
    )
    evaluation.run(lambda: WorkQueue("jobs"))
    assert announced == [
        ("shoal-test", None),
        ("jobs", None),
        ("jobs-dlq", None),
        ("jobs-queue", None),
    ]


def test_a_backend_gets_the_text_of_a_secret_by_asking_for_it() -> None:
    backend = RememberingBackend()
    tags = {"token": "hush"}
    evaluate(
        lambda: sqs.Queue("jobs", tags=pulumi.Output.secret(tags)), preview=False, backend=backend
    )
    inputs = backend.created[0].inputs
    assert inputs == {"tags": Secret(tags)}
    assert reveal(inputs) == {"tags": tags}


def test_a_backend_may_answer_functions_its_own_way() -> None:
    class Answering(ValuesBackend):
        def invoke(self, token: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
            return {"token": token, **arguments}

    def program() -> None:
        result: Any = pulumi.runtime.invoke_output("test:index:function", {"size": 3})
        pulumi.export("result", result)

    assert evaluate(program, backend=Answering()).exports == {
        "result": {"token": "test:index:function", "size": 3}
    }


def test_there_is_no_stack_before_the_program_has_run() -> None:
    evaluation = Evaluation(ValuesBackend(), project="shoal", stack="test", preview=True)
    with pytest.raises(LookupError, match="has not been run"):
        evaluation.exports  # noqa: B018
    evaluation.run(lambda: sqs.Queue("jobs"))
    assert evaluation.exports == {}
    assert [resource.type for resource in evaluation.resources] == [QUEUE]
