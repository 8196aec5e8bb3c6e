import pytest
from pulumi.errors import InputPropertiesError
from pulumi.provider.experimental.analyzer import Analyzer

from pulumi_shoal import hosted


def test_every_component_has_a_schema_for_other_languages() -> None:
    found = Analyzer("shoal").analyze(hosted.COMPONENTS)["component_definitions"]
    assert set(found) == {
        "AgentImage",
        "EksCluster",
        "ExistingCluster",
        "IrsaRole",
        "Keda",
        "QueueAgent",
        "WorkQueue",
    }
    for definition in found.values():
        assert definition.inputs
        assert definition.outputs


def test_every_input_is_described() -> None:
    found = Analyzer("shoal").analyze(hosted.COMPONENTS)["component_definitions"]
    undescribed = [
        f"{name}.{key}"
        for name, definition in found.items()
        for key, value in definition.inputs.items()
        if not value.description
    ]
    assert undescribed == []


def test_a_mistake_is_told_by_its_property_and_not_by_a_traceback() -> None:
    mistaken = {"visibilityTimeoutS": 90, "maxReceiveCount": 0.0, "delayS": -1.0}
    with pytest.raises(InputPropertiesError) as raised:
        hosted.ShoalProvider().construct("jobs", "shoal:index:WorkQueue", mistaken)
    errors = raised.value.errors
    assert errors is not None
    assert [error["property_path"] for error in errors] == ["maxReceiveCount", "delayS"]
    assert "maxReceiveCount is 0: allowed is 1 to 1000" in errors[0]["reason"]
