"""``evaluate``: isolated, repeatable, and honest about what went wrong."""

import asyncio
import copy
import threading
import time

import pulumi
import pytest
from pulumi.runtime.settings import SETTINGS, get_root_resource
from pulumi_aws import sqs
from tests.local.pulumi_programs import QUEUE, WorkQueue

from shoal_local.testing import UNKNOWN, Recorded, Secret, evaluate


def test_the_program_sees_its_project_stack_and_configuration() -> None:
    def program() -> None:
        config = pulumi.Config()
        pulumi.export("where", f"{pulumi.get_project()}/{pulumi.get_stack()}")
        pulumi.export("size", config.require_int("size"))
        pulumi.export("agents", config.require_object("agents"))
        pulumi.export("fast", config.require_bool("fast"))
        pulumi.export("region", pulumi.Config("aws").require("region"))

    config = {
        "size": 3,
        "shoal:agents": [{"name": "thumbnails"}],
        "fast": True,
        "aws:region": "eu-west-1",
    }
    assert evaluate(program, config=config, stack="prod").exports == {
        "where": "shoal/prod",
        "size": 3,
        "agents": [{"name": "thumbnails"}],
        "fast": True,
        "region": "eu-west-1",
    }


def test_a_secret_in_the_configuration_makes_its_whole_key_secret() -> None:
    def program() -> None:
        pulumi.export("token", pulumi.Config().require_secret("token"))
        pulumi.export("cluster", pulumi.Config().require_secret_object("cluster"))

    config = {"token": Secret("hush"), "cluster": {"kubeconfig": Secret("hush")}}
    assert evaluate(program, config=config).exports == {
        "token": Secret("hush"),
        "cluster": Secret({"kubeconfig": "hush"}),
    }


def test_a_setting_that_is_missing_is_pulumis_own_error() -> None:
    with pytest.raises(pulumi.ConfigMissingError, match="shoal:size"):
        evaluate(lambda: pulumi.Config().require("size"))


def test_configuration_of_one_evaluation_is_not_seen_by_the_next() -> None:
    evaluate(lambda: None, config={"size": 3})
    evaluate(lambda: pulumi.export("size", pulumi.Config().get("size")))
    assert pulumi.Config("shoal").get("size") is None


def test_one_evaluation_leaves_nothing_in_pulumis_settings() -> None:
    before = (SETTINGS.project, SETTINGS.stack, SETTINGS.monitor, get_root_resource())
    evaluate(lambda: WorkQueue("jobs"))
    assert (SETTINGS.project, SETTINGS.stack, SETTINGS.monitor, get_root_resource()) == before


def test_the_same_program_can_be_evaluated_again_and_again() -> None:
    runs = [evaluate(lambda: WorkQueue("jobs")) for _ in range(3)]
    assert all(run.resources == runs[0].resources for run in runs)


def test_an_evaluation_after_one_that_failed_is_not_affected() -> None:
    def broken() -> None:
        WorkQueue("jobs")
        raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        evaluate(broken)
    assert evaluate(lambda: WorkQueue("jobs")).named("jobs-queue").type == QUEUE


def test_evaluations_in_two_threads_do_not_meet() -> None:
    found: dict[str, Recorded] = {}
    both_run = threading.Barrier(2, timeout=30)

    def one(stack: str) -> None:
        def program() -> None:
            both_run.wait()
            WorkQueue(f"jobs-{stack}")

        found[stack] = evaluate(program, stack=stack)

    threads = [threading.Thread(target=one, args=(stack,)) for stack in ("left", "right")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for stack in ("left", "right"):
        assert {resource.urn.split("::")[0] for resource in found[stack].resources} == {
            f"urn:pulumi:{stack}"
        }
        assert len(found[stack].resources) == 3


def test_an_evaluation_starts_no_thread_that_stays() -> None:
    before = threading.enumerate()
    evaluate(lambda: WorkQueue("jobs"))
    assert threading.enumerate() == before


def test_what_the_program_raises_is_raised() -> None:
    class SettingsError(Exception):
        pass

    def program() -> None:
        raise SettingsError("agents[0].concurrency is 0")

    with pytest.raises(SettingsError, match="concurrency is 0"):
        evaluate(program)


def test_what_an_apply_raises_is_raised() -> None:
    def refuse(_name: str) -> None:
        raise ValueError("refused in an apply")

    with pytest.raises(ValueError, match="refused in an apply"):
        evaluate(lambda: sqs.Queue("jobs", name="jobs").name.apply(refuse))


def test_an_input_of_a_type_that_cannot_be_sent_is_an_error_that_names_it() -> None:
    with pytest.raises(ValueError, match="visibility_timeout_seconds"):
        evaluate(lambda: sqs.Queue("jobs", visibility_timeout_seconds=time))


def test_a_program_may_be_asynchronous() -> None:
    async def main() -> dict[str, pulumi.Input[str]]:
        await asyncio.sleep(0)
        return {"name": sqs.Queue("jobs", name="jobs-queue").name}

    assert evaluate(lambda: pulumi.run(main)).exports == {"name": "jobs-queue"}


def test_what_the_program_logs_is_kept_and_what_it_warns_of_can_be_asked_for() -> None:
    def program() -> None:
        jobs = sqs.Queue("jobs")
        pulumi.info("beginning")
        pulumi.warn("the fleet is small", resource=jobs)

    recorded = evaluate(program)
    assert recorded.warnings == ["the fleet is small"]
    assert [message.severity for message in recorded.messages] == ["info", "warning"]
    assert recorded.messages[1].urn == recorded.only(QUEUE).urn


def test_unknown_has_no_truth_value_and_no_copies() -> None:
    with pytest.raises(TypeError, match="compare with `is UNKNOWN`"):
        bool(UNKNOWN)
    assert copy.deepcopy({"value": UNKNOWN})["value"] is UNKNOWN
    assert repr(UNKNOWN) == "UNKNOWN"
