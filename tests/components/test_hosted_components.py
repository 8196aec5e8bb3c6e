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
