"""What the kubelet would run for a Deployment's pods: command, environment, grace, probe.

Only what the manifest says is used: an environment value that refers to something which the
program did not register is an error, as it is in a cluster.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from shoal_local.kubernetes_objects import DEFAULT_NAMESPACE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from shoal_local.kubernetes_objects import LocalObjects, Manifest

# ENTRYPOINT and CMD of the image (agent/Dockerfile): what runs where the Deployment says less.
IMAGE_ENTRYPOINT: Final = ("shoal-agent",)
IMAGE_COMMAND: Final = ("run",)
# Kubernetes' default: kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle
DEFAULT_GRACE_PERIOD_S: Final = 30
DEFAULT_PROBE_PERIOD_S: Final = 10
_REFERENCE: Final = re.compile(r"\$\$|\$\(([A-Za-z_][A-Za-z0-9_.-]*)\)")


class FleetInputError(Exception):
    """A Kubernetes object asks for something that the local fleet cannot give."""


@dataclass(frozen=True)
class ReadinessProbe:
    """An HTTP probe on the agent's health port."""

    path: str
    period_s: float


@dataclass(frozen=True)
class AgentContainer:
    """The one container of a Deployment's pods; ``environment`` is resolved per pod."""

    deployment: str
    namespace: str
    template: Mapping[str, Any]
    objects: LocalObjects
    replicas: int
    """What the Deployment asks for; 1 where it leaves that to the default."""

    @classmethod
    def from_deployment(cls, deployment: Manifest, objects: LocalObjects) -> AgentContainer:
        """Read a Deployment; raise FleetInputError unless it has exactly one container."""
        metadata, spec = deployment["metadata"], deployment["spec"]
        containers = spec["template"]["spec"]["containers"]
        if len(containers) != 1:
            raise FleetInputError(
                f"Deployment {metadata['name']} has {len(containers)} containers; "
                "the local fleet runs pods of one"
            )
        replicas = spec.get("replicas")
        return cls(
            deployment=metadata["name"],
            namespace=metadata.get("namespace", DEFAULT_NAMESPACE),
            template=spec["template"],
            objects=objects,
            replicas=1 if replicas is None else int(replicas),
        )

    @property
    def container(self) -> Mapping[str, Any]:
        """The container's part of the manifest."""
        found: Mapping[str, Any] = self.template["spec"]["containers"][0]
        return found

    @property
    def grace_period_s(self) -> float:
        """Seconds from SIGTERM to SIGKILL."""
        given = self.template["spec"].get("terminationGracePeriodSeconds")
        return float(DEFAULT_GRACE_PERIOD_S if given is None else given)

    @property
    def readiness(self) -> ReadinessProbe | None:
        """The HTTP readiness probe; None if there is none, and a started pod is ready."""
        probe = self.container.get("readinessProbe")
        if probe is None or "httpGet" not in probe:
            return None
        period = probe.get("periodSeconds")
        return ReadinessProbe(
            path=probe["httpGet"].get("path", "/"),
            period_s=float(DEFAULT_PROBE_PERIOD_S if period is None else period),
        )

    def environment(self, pod: str) -> dict[str, str]:
        """Return the variables that the manifest gives to the pod of that name."""
        resolved: dict[str, str] = {}
        for source in self.container.get("envFrom") or []:
            resolved.update(self._all_of(source))
        for variable in self.container.get("env") or []:
            resolved[variable["name"]] = self._value(variable, resolved, pod)
        return resolved

    def command(self, environment: Mapping[str, str]) -> list[str]:
        """Return the command line: the manifest's, with ``$(NAME)`` expanded."""
        command: Sequence[str] = self.container.get("command") or []
        arguments: Sequence[str] = self.container.get("args") or []
        if not command:
            command, arguments = IMAGE_ENTRYPOINT, arguments or IMAGE_COMMAND
        return [_expanded(word, environment) for word in (*command, *arguments)]

    def _value(self, variable: Mapping[str, Any], earlier: Mapping[str, str], pod: str) -> str:
        source = variable.get("valueFrom")
        if source is None:
            return _expanded(str(variable.get("value", "")), earlier)
        if "fieldRef" in source:
            return self._field(source["fieldRef"]["fieldPath"], pod)
        for kind, key in (("ConfigMap", "configMapKeyRef"), ("Secret", "secretKeyRef")):
            if key in source:
                data = self._data(kind, source[key]["name"])
                return data[source[key]["key"]]
        raise self._unsupported(f"the value of {variable['name']} comes from {sorted(source)}")

    def _field(self, path: str, pod: str) -> str:
        fields = {
            "metadata.name": pod,
            "metadata.namespace": self.namespace,
            "spec.nodeName": "laptop",
            "spec.serviceAccountName": self.template["spec"].get("serviceAccountName", "default"),
            "status.hostIP": "127.0.0.1",
            "status.podIP": "127.0.0.1",
        }
        if path not in fields:
            raise self._unsupported(f"the field {path}; known are {', '.join(fields)}")
        return str(fields[path])

    def _all_of(self, source: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        secret = "secretRef" in source
        kind, key = ("Secret", "secretRef") if secret else ("ConfigMap", "configMapRef")
        prefix = source.get("prefix", "")
        for name, value in self._data(kind, source[key]["name"]).items():
            yield f"{prefix}{name}", value

    def _data(self, kind: str, name: str) -> dict[str, str]:
        found = self.objects.find(kind, self.namespace, name)
        if found is None:
            raise self._unsupported(f"{kind} {name}, which the program does not register")
        plain = dict(found.get("stringData") or {})
        encoded = found.get("data") or {}
        if kind == "Secret":
            encoded = {key: base64.b64decode(value).decode() for key, value in encoded.items()}
        return {**encoded, **plain}

    def _unsupported(self, what: str) -> FleetInputError:
        return FleetInputError(
            f"Deployment {self.deployment} in namespace {self.namespace} refers to {what}"
        )


def _expanded(text: str, environment: Mapping[str, str]) -> str:
    """Expand ``$(NAME)`` as Kubernetes does: ``$$`` is ``$``, an unknown name stays."""

    def replacement(match: re.Match[str]) -> str:
        name = match.group(1)
        return "$" if name is None else environment.get(name, match.group(0))

    return _REFERENCE.sub(replacement, text)
