"""A cluster that keeps no objects, but minds the one order that a real one minds.

A KEDA custom resource carries a finalizer that only KEDA's operator takes off: deleted after
the operator, or after the last node that could run it, it stays for ever. Deleting anything
after the cluster itself fails as well. The journal says what has gone already.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pulumi.provider.experimental import provider as rpc
from pulumi.provider.experimental.property_value import PropertyValue
from tests.engine.standins import journal
from tests.engine.standins.echo_provider import EchoProvider, Made
from tests.engine.standins.property_values import wrapped
from tests.engine.standins.urns import physical_name, type_of

RELEASE = "kubernetes:helm.sh/v3:Release"
KEDA_GROUP = "kubernetes:keda.sh/"
NEEDED_BY_ALL = {"aws:eks/cluster:Cluster": "the API server"}
NEEDED_BY_KEDA = {
    RELEASE: "KEDA's operator, which takes the finalizer off,",
    "aws:eks/nodeGroup:NodeGroup": "the node group that KEDA's operator runs on",
}


def gone() -> set[str]:
    """Return the types of everything that has been deleted so far."""
    entries = journal.read(Path(os.environ[journal.JOURNAL_VARIABLE]))
    return {type_of(entry.urn) for entry in entries if entry.operation == "delete"}


class KubernetesProvider(EchoProvider):
    """Objects, Helm releases and custom resources, echoed with the names they are given."""

    async def check(self, request: rpc.CheckRequest) -> rpc.CheckResponse:
        """Name an object that has no name, as the provider does, already in a preview."""
        inputs = dict(request.new_inputs)
        metadata = inputs.get("metadata", PropertyValue({})).value
        if type_of(request.urn) != RELEASE and isinstance(metadata, Mapping):
            name = wrapped(physical_name(request.urn))
            inputs["metadata"] = PropertyValue({"name": name, **metadata})
        return rpc.CheckResponse(inputs=inputs)

    def make(self, urn: str, inputs: dict[str, Any]) -> Made:
        """Give a release its status, and every other object its id."""
        if type_of(urn) == RELEASE:
            return _release(physical_name(urn), inputs)
        metadata = inputs["metadata"]
        return Made(f"{metadata.get('namespace', 'default')}/{metadata['name']}")

    def remove(self, urn: str, resource_id: str, state: dict[str, Any]) -> None:
        """Refuse what a cluster could not do any more."""
        del state
        needed = dict(NEEDED_BY_ALL)
        if type_of(urn).startswith(KEDA_GROUP):
            needed |= NEEDED_BY_KEDA
        for missing in sorted(gone() & needed.keys()):
            raise RuntimeError(f"{resource_id} cannot be deleted: {needed[missing]} has gone")


def _release(default_name: str, inputs: dict[str, Any]) -> Made:
    name = inputs.get("name", default_name)
    status = {
        "name": name,
        "namespace": inputs.get("namespace", "default"),
        "chart": inputs.get("chart"),
        "version": inputs.get("version", "0.0.0"),
        "status": "deployed",
        "revision": 1,
    }
    return Made(f"{status['namespace']}/{name}", {"name": name, "status": status})
