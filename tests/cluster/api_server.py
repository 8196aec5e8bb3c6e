"""The little of a Kubernetes client that the recorder needs: apply, get, watch."""

import http.client
import json
import ssl
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

Manifest = Mapping[str, Any]

# Kind -> its plural, and whether it lives in a namespace.
KINDS = {
    "APIService": ("apiservices", False),
    "CustomResourceDefinition": ("customresourcedefinitions", False),
    "Deployment": ("deployments", True),
    "HorizontalPodAutoscaler": ("horizontalpodautoscalers", True),
    "Namespace": ("namespaces", False),
    "Node": ("nodes", False),
    "Pod": ("pods", True),
    "ScaledObject": ("scaledobjects", True),
    "Service": ("services", True),
    "TriggerAuthentication": ("triggerauthentications", True),
}


class ApiServerError(Exception):
    """The API server refused a request; the text is its own."""


def resource_path(api_version: str, kind: str, namespace: str | None, name: str | None) -> str:
    """Return the path of one object, or of a collection where ``name`` is None."""
    plural, namespaced = KINDS[kind]
    root = "/api/v1" if api_version == "v1" else f"/apis/{api_version}"
    place = f"/namespaces/{namespace}" if namespaced and namespace is not None else ""
    return f"{root}{place}/{plural}" + ("" if name is None else f"/{name}")


class ApiServer:
    """Speaks to one API server with a client certificate."""

    def __init__(self, port: int, authority: Path, certificate: tuple[Path, Path]) -> None:
        self._port = port
        self._tls = ssl.create_default_context(cafile=str(authority))
        self._tls.load_cert_chain(*certificate)

    def ready(self, path: str = "/readyz") -> bool:
        """Tell whether a path answers 200."""
        try:
            self._request("GET", path)
        except (ApiServerError, OSError, http.client.HTTPException):
            return False
        return True

    def get(self, path: str) -> dict[str, Any]:
        """Return an object, or a collection."""
        found: dict[str, Any] = json.loads(self._request("GET", path))
        return found

    def apply(self, manifest: Manifest) -> dict[str, Any]:
        """Create or change an object by server-side apply; return it as the server has it."""
        meta = manifest["metadata"]
        path = resource_path(
            manifest["apiVersion"], manifest["kind"], meta.get("namespace"), meta["name"]
        )
        query = "?fieldManager=recorder&force=true"
        answer = self._request("PATCH", path + query, manifest, "application/apply-patch+yaml")
        applied: dict[str, Any] = json.loads(answer)
        return applied

    def delete(self, path: str) -> None:
        """Delete an object; one that is gone already is no error."""
        try:
            self._request("DELETE", path)
        except ApiServerError as error:
            if ": 404 " not in str(error):
                raise

    def watch(self, path: str, version: str, timeout_s: int) -> Iterator[dict[str, Any]]:
        """Yield the changes of a collection after a resource version, for so long."""
        query = f"?watch=1&resourceVersion={version}&timeoutSeconds={timeout_s}"
        connection = self._connect(timeout_s + 30)
        try:
            connection.request("GET", path + query)
            response = connection.getresponse()
            while line := response.readline():
                yield json.loads(line)
        finally:
            connection.close()

    def _connect(self, timeout_s: float = 30) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection(
            "127.0.0.1", self._port, context=self._tls, timeout=timeout_s
        )

    def _request(
        self, method: str, path: str, body: Manifest | None = None, content: str = ""
    ) -> bytes:
        connection = self._connect()
        try:
            sent = None if body is None else json.dumps(body)
            connection.request(method, path, body=sent, headers={"Content-Type": content})
            response = connection.getresponse()
            answer = response.read()
        finally:
            connection.close()
        if response.status >= http.client.BAD_REQUEST:
            raise ApiServerError(f"{method} {path}: {response.status} {answer.decode()[:2000]}")
        return answer
