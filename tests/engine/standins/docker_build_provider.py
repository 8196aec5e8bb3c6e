"""Images that are not built: the digest is that of the inputs.

As in the real provider, a registry's password is no part of what is compared: ECR gives a new
one each time it is asked.
"""

import hashlib
import json
from typing import Any

from pulumi.provider.experimental import provider as rpc
from tests.engine.standins.echo_provider import EchoProvider, Made
from tests.engine.standins.property_values import plain_map


class DockerBuildProvider(EchoProvider):
    """`docker_build.Image` with a digest, as the registry would give it after a push."""

    async def diff(self, request: rpc.DiffRequest) -> rpc.DiffResponse:
        """Compare everything but the passwords."""
        old, new = _compared(plain_map(request.old_state)), _compared(plain_map(request.new_inputs))
        changed = [key for key, value in new.items() if old.get(key) != value]
        return rpc.DiffResponse(changes=bool(changed), diffs=changed)

    def make(self, urn: str, inputs: dict[str, Any]) -> Made:
        """Give an image the digest and reference that follow from its inputs."""
        described = json.dumps([urn, _compared(inputs)], sort_keys=True).encode()
        digest = f"sha256:{hashlib.sha256(described).hexdigest()}"
        tags = inputs.get("tags", [])
        ref = f"{tags[0]}@{digest}" if tags else digest
        return Made(digest, {"digest": digest, "ref": ref, "contextHash": digest[7:19]})


def _compared(properties: dict[str, Any]) -> dict[str, Any]:
    registries = [
        {key: value for key, value in registry.items() if key != "password"}
        for registry in properties.get("registries", [])
    ]
    return {**properties, "registries": registries}
