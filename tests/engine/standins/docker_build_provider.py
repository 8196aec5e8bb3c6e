"""Images that are not built: the digest is that of the inputs."""

import hashlib
import json
from typing import Any

from tests.engine.standins.echo_provider import EchoProvider, Made


class DockerBuildProvider(EchoProvider):
    """`docker_build.Image` with a digest, as the registry would give it after a push."""

    def make(self, urn: str, inputs: dict[str, Any]) -> Made:
        """Give an image the digest and reference that follow from its inputs."""
        described = json.dumps([urn, inputs], sort_keys=True).encode()
        digest = f"sha256:{hashlib.sha256(described).hexdigest()}"
        tags = inputs.get("tags", [])
        ref = f"{tags[0]}@{digest}" if tags else digest
        return Made(digest, {"digest": digest, "ref": ref, "contextHash": digest[7:19]})
