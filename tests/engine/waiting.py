"""What a resource of the state waits for when it is made, and outlives at the end."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any

State = Iterable[Mapping[str, Any]]


def needs(state: State, urn: str) -> set[str]:
    """Return the URNs of everything that the resource depends on, however indirectly.

    As the engine counts: its provider and its parent, and with a component all that is in it.
    """
    resources = {resource["urn"]: resource for resource in state}
    children = defaultdict(list)
    for resource in resources.values():
        children[resource.get("parent", "")].append(resource["urn"])
    found: set[str] = set()
    ahead = {urn}
    while ahead:
        resource = resources[ahead.pop()]
        direct = set(_direct(resource)) & resources.keys()
        inside = (_inside(each, resources, children) for each in direct)
        parent = {resource["parent"]} if "parent" in resource else set()
        new = parent.union(direct, *inside) - found
        found |= new
        ahead |= new
    return found - {urn}


def _direct(resource: Mapping[str, Any]) -> list[str]:
    by_property = resource.get("propertyDependencies", {}).values()
    provider = resource.get("provider", "").rpartition("::")[0]
    return [provider, *resource.get("dependencies", ()), *chain.from_iterable(by_property)]


def _inside(
    urn: str, resources: Mapping[str, Mapping[str, Any]], children: Mapping[str, list[str]]
) -> set[str]:
    if resources[urn]["custom"]:
        return set()
    own = set(children[urn])
    return own.union(*(_inside(child, resources, children) for child in own))
