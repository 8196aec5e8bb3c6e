import pulumi
import pytest
from tests.components.agents import HERE

from pulumi_shoal.agent_spec import AgentSpec, ScalingSpec
from pulumi_shoal.cluster_spec import ExistingClusterSpec
from pulumi_shoal.problem import Place, SettingsError, yaml_key
from pulumi_shoal.settings_reader import read
from shoal_local.testing import evaluate

YAML = Place("shoal:", yaml_key)


def _codes(error: pytest.ExceptionInfo[SettingsError]) -> list[str]:
    return [problem.code for _, problem in error.value.found]


def test_an_unknown_key_names_the_nearest_known_one() -> None:
    with pytest.raises(SettingsError, match=r"maxReplicas is .*write maxReplicaCount, or"):
        read(ScalingSpec, {"maxReplicas": 3}, YAML)


def test_a_key_in_the_spelling_of_python_is_unknown_in_yaml() -> None:
    with pytest.raises(SettingsError, match=r"write queueLength, or"):
        read(ScalingSpec, {"queue_length": 3}, YAML)


def test_a_key_like_no_other_is_told_to_go() -> None:
    with pytest.raises(SettingsError, match=r"zzz is .*; remove it"):
        read(ScalingSpec, {"zzz": 3}, YAML)


def test_a_missing_key_is_told_with_its_kind() -> None:
    with pytest.raises(
        SettingsError, match=r"shoal:handler is not given: allowed is text"
    ) as error:
        read(AgentSpec, {"name": "resize"}, YAML)
    assert _codes(error) == ["missing-key"]


def test_a_value_of_another_type_is_told_with_the_value() -> None:
    with pytest.raises(SettingsError, match=r"queueLength is 'ten': allowed is whole number"):
        read(ScalingSpec, {"queueLength": "ten"}, YAML)


def test_a_value_out_of_bounds_is_told_with_the_bounds() -> None:
    with pytest.raises(SettingsError, match=r"scaleDownPercent is 101: allowed is 1 to 100"):
        read(ScalingSpec, {"scaleDownPercent": 101}, YAML)


def test_a_section_that_is_no_map_is_told_as_such() -> None:
    given = {"name": "resize", "handler": "m:f", "scaling": 4, "permissions": {"actions": []}}
    with pytest.raises(SettingsError, match=r"scaling is 4: allowed is a map") as error:
        read(AgentSpec, given, YAML)
    assert _codes(error) == ["wrong-type", "wrong-type"]


def test_every_problem_is_told_at_one_go() -> None:
    given = {"name": 3, "scaling": {"queueLength": 0, "max": 2}}
    with pytest.raises(SettingsError) as error:
        read(AgentSpec, given, YAML)
    assert sorted(_codes(error)) == ["missing-key", "out-of-range", "unknown-key", "wrong-type"]


def test_an_output_where_a_number_must_be_known_is_told_as_such() -> None:
    def program() -> None:
        read(ScalingSpec, {"queue_length": pulumi.Output.from_input(3)}, HERE)

    with pytest.raises(SettingsError, match=r"is 'an Output': allowed is a plain value"):
        evaluate(program)


def test_a_secret_of_another_type_is_never_repeated() -> None:
    given = {"kubeconfig": {"token": "hunter2"}, "oidc_provider_arn": "a", "oidc_issuer": "b"}
    with pytest.raises(SettingsError) as error:
        read(ExistingClusterSpec, given, HERE)
    assert "hunter2" not in str(error.value)


def test_null_stands_for_the_default() -> None:
    assert read(ScalingSpec, {"pollingInterval": None}, YAML) == ScalingSpec()
