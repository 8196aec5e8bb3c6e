"""What a Deployment's pods would run: read from the manifest, as a kubelet reads it."""

import base64
from typing import Any

import pytest
from tests.local.deployments import NAMESPACE, container, deployment

from shoal_local.agent_container import AgentContainer, FleetInputError
from shoal_local.kubernetes_objects import LocalObjects


def _named(kind: str, name: str, **data: Any) -> dict[str, Any]:
    return {"kind": kind, "metadata": {"name": name, "namespace": NAMESPACE}, **data}


@pytest.mark.parametrize(
    ("command", "args", "expected"),
    [
        (None, None, ["shoal-agent", "run"]),
        (None, ["run", "mine:handle"], ["shoal-agent", "run", "mine:handle"]),
        (["python"], None, ["python"]),
        (["python"], ["-m", "x"], ["python", "-m", "x"]),
    ],
)
def test_command_and_args_replace_the_images_entry_point_as_in_kubernetes(
    command: list[str] | None, args: list[str] | None, expected: list[str]
) -> None:
    assert container(deployment(command, args=args)).command({}) == expected


def test_values_and_arguments_may_refer_to_earlier_variables() -> None:
    env = [
        {"name": "WHO", "value": "fleet"},
        {"name": "GREETING", "value": "hello $(WHO), $(NOBODY), $$(WHO)"},
    ]
    found = container(deployment(["echo"], args=["$(GREETING)"], env=env))
    environment = found.environment("pod-1")
    assert environment["GREETING"] == "hello fleet, $(NOBODY), $(WHO)"
    assert found.command(environment) == ["echo", "hello fleet, $(NOBODY), $(WHO)"]


def test_fields_config_maps_and_secrets_are_resolved_per_pod() -> None:
    env = [
        {"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
        {"name": "SIZE", "valueFrom": {"configMapKeyRef": {"name": "numbers", "key": "size"}}},
        {"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "hush", "key": "token"}}},
    ]
    found = container(
        deployment(env=env, env_from=[{"prefix": "N_", "configMapRef": {"name": "numbers"}}]),
        _named("ConfigMap", "numbers", data={"size": "256"}),
        _named("Secret", "hush", data={"token": base64.b64encode(b"secret").decode()}),
    )
    assert found.environment("pod-1") == {
        "N_size": "256",
        "POD": "pod-1",
        "SIZE": "256",
        "TOKEN": "secret",
    }


def test_an_object_that_the_program_does_not_register_is_named() -> None:
    env = [{"name": "X", "valueFrom": {"secretKeyRef": {"name": "elsewhere", "key": "k"}}}]
    with pytest.raises(FleetInputError, match="Secret elsewhere, which the program does not"):
        container(deployment(env=env)).environment("pod-1")


def test_a_field_that_is_not_known_is_named() -> None:
    env = [{"name": "X", "valueFrom": {"fieldRef": {"fieldPath": "metadata.uid"}}}]
    with pytest.raises(FleetInputError, match=r"the field metadata\.uid"):
        container(deployment(env=env)).environment("pod-1")


def test_grace_and_probe_have_kubernetes_defaults() -> None:
    assert container(deployment()).grace_period_s == 30
    assert container(deployment(grace_period_s=77)).grace_period_s == 77
    assert container(deployment()).readiness is None
    probe = container(deployment(readiness_path="/readyz")).readiness
    assert probe is not None
    assert (probe.path, probe.period_s) == ("/readyz", 10)


def test_a_pod_of_two_containers_is_refused() -> None:
    manifest = deployment()
    containers = manifest["spec"]["template"]["spec"]["containers"]
    containers.append(containers[0])
    with pytest.raises(FleetInputError, match="thumbnails has 2 containers"):
        AgentContainer.from_deployment(manifest, LocalObjects())
