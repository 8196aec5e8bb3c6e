"""A Kubernetes control plane with KEDA, as processes on loopback; no node, no container.

A Deployment's pods stay pending, for there is no scheduler. Its ``status.replicas`` counts
them all the same, and that is what the HPA divides by.
"""

import base64
import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import yaml
from tests.cluster.api_server import ApiServer, Manifest
from tests.cluster.certificates import Authority
from tests.cluster.processes import Processes, free_ports
from tests.cluster.tools import Tools, cluster_tools

KEDA_NAMESPACE = "keda"
EXTERNAL_METRICS = "v1beta1.external.metrics.k8s.io"
SERVICE_RANGE = "10.96.0.0/16"
# A whole fleet's pods in one second: the client-side limits would slow status.replicas down.
QUICK_CLIENT = ("--kube-api-qps=1000", "--kube-api-burst=2000")
OPERATOR_CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_REGION": "eu-west-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}


class ControlPlane:
    """etcd, kube-apiserver, kube-controller-manager, KEDA's operator and its adapter.

    A context manager: on leaving it every process has ended and its folder is gone.
    ``api`` speaks to the API server as an administrator; a node adds to ``processes``.
    """

    def __init__(self, tools: Tools) -> None:
        self.tools = tools
        self.folder = Path(tempfile.mkdtemp(prefix="shoal-cluster-"))
        self.processes = Processes(self.folder)
        self._authority = Authority(self.folder)
        ports = free_ports(7)
        self._etcd_ports, self._api_port, self._adapter_port = ports[:2], ports[2], ports[3]
        self._keda_port, self._controller_port, self._adapter_metrics_port = ports[4:]
        self._administrator = self._authority.issue("administrator", "administrator")
        self.api = ApiServer(self._api_port, self._authority.certificate, self._administrator)

    def __enter__(self) -> Self:
        """Start everything; return when KEDA answers for external metrics."""
        try:
            self._start_etcd()
            self._start_api_server()
            self._start_controllers()
            self._install_keda()
            self._start_keda()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End every process and remove the folder."""
        self.processes.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start_etcd(self) -> None:
        client, peer = (f"http://127.0.0.1:{port}" for port in self._etcd_ports)
        self.processes.start(
            "etcd",
            str(self.tools.etcd),
            f"--data-dir={self.folder / 'etcd'}",
            f"--listen-client-urls={client}",
            f"--advertise-client-urls={client}",
            f"--listen-peer-urls={peer}",
            f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster=default={peer}",
            "--unsafe-no-fsync",  # the disk is shared, and nothing outlives the run
        )

    def _start_api_server(self) -> None:
        server, server_key = self._authority.issue("apiserver", "kube-apiserver")
        proxy, proxy_key = self._authority.issue("front-proxy", "front-proxy")
        accounts = self._authority.service_account_key()
        authority = self._authority.certificate
        self.processes.start(
            "kube-apiserver",
            str(self.tools.kubernetes / "kube-apiserver"),
            f"--etcd-servers=http://127.0.0.1:{self._etcd_ports[0]}",
            "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1",
            f"--secure-port={self._api_port}",
            f"--tls-cert-file={server}",
            f"--tls-private-key-file={server_key}",
            f"--client-ca-file={authority}",
            f"--service-account-key-file={accounts}",
            f"--service-account-signing-key-file={accounts}",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-cluster-ip-range={SERVICE_RANGE}",
            "--authorization-mode=Node,RBAC",
            "--endpoint-reconciler-type=none",
            "--disable-admission-plugins=ServiceAccount",
            "--allow-privileged",
            f"--requestheader-client-ca-file={authority}",
            "--requestheader-allowed-names=front-proxy",
            "--requestheader-username-headers=X-Remote-User",
            "--requestheader-group-headers=X-Remote-Group",
            "--requestheader-extra-headers-prefix=X-Remote-Extra-",
            f"--proxy-client-cert-file={proxy}",
            f"--proxy-client-key-file={proxy_key}",
            f"--kubelet-client-certificate={self._administrator[0]}",
            f"--kubelet-client-key={self._administrator[1]}",
            # KEDA's metrics answer on loopback; by its Service's address they would not.
            "--enable-aggregator-routing=false",
        )
        self.processes.wait_until("the API server is ready", self.api.ready)

    def _start_controllers(self) -> None:
        config = self.kubeconfig("controllers", "system:kube-controller-manager")
        self.processes.start(
            "kube-controller-manager",
            str(self.tools.kubernetes / "kube-controller-manager"),
            f"--kubeconfig={config}",
            f"--authentication-kubeconfig={config}",
            f"--authorization-kubeconfig={config}",
            "--bind-address=127.0.0.1",
            f"--secure-port={self._controller_port}",
            "--leader-elect=false",
            f"--service-account-private-key-file={self.folder / 'service-accounts.key'}",
            f"--root-ca-file={self._authority.certificate}",
            "--concurrent-horizontal-pod-autoscaler-syncs=20",
            *QUICK_CLIENT,
        )

    def _install_keda(self) -> None:
        for file in sorted((self.tools.keda / "crds").glob("*.yaml")):
            for manifest in yaml.safe_load_all(file.read_text()):
                if manifest is not None and manifest["kind"] == "CustomResourceDefinition":
                    self.api.apply(manifest)
        namespace = {"apiVersion": "v1", "kind": "Namespace"}
        self.api.apply({**namespace, "metadata": {"name": KEDA_NAMESPACE}})
        for manifest in _metrics_service(self._adapter_port, self._authority.certificate):
            self.api.apply(manifest)

    def _start_keda(self) -> None:
        config = self.kubeconfig("keda", "keda-operator")
        certificates = self._keda_certificates()
        environment = {
            "KUBECONFIG": str(config),
            "WATCH_NAMESPACE": "",
            "KEDA_CLUSTER_OBJECT_NAMESPACE": KEDA_NAMESPACE,
            "POD_NAMESPACE": KEDA_NAMESPACE,
        }
        self.processes.start(
            "keda-operator",
            str(self.tools.keda / "operator"),
            f"--cert-dir={certificates}",
            "--enable-cert-rotation=false",
            "--metrics-bind-address=0",
            "--health-probe-bind-address=0",
            f"--metrics-service-bind-address=127.0.0.1:{self._keda_port}",
            *QUICK_CLIENT,
            environment=environment | OPERATOR_CREDENTIALS,
        )
        self._start_adapter(config, certificates, environment)
        path = "/apis/external.metrics.k8s.io/v1beta1"
        self.processes.wait_until("KEDA answers for external metrics", lambda: self.api.ready(path))

    def _start_adapter(self, config: Path, certificates: Path, environment: dict[str, str]) -> None:
        self.processes.start(
            "keda-adapter",
            str(self.tools.keda / "adapter"),
            f"--kubeconfig={config}",
            f"--lister-kubeconfig={config}",
            f"--authentication-kubeconfig={config}",
            f"--authorization-kubeconfig={config}",
            "--bind-address=127.0.0.1",
            f"--secure-port={self._adapter_port}",
            f"--port={self._adapter_metrics_port}",
            f"--client-ca-file={self._authority.certificate}",
            f"--cert-dir={certificates}",
            f"--tls-cert-file={certificates / 'tls.crt'}",
            f"--tls-private-key-file={certificates / 'tls.key'}",
            f"--metrics-service-address=localhost:{self._keda_port}",
            *QUICK_CLIENT,
            environment=environment,
        )

    def _keda_certificates(self) -> Path:
        """Both halves of KEDA prove themselves to each other from one folder."""
        folder = self.folder / "keda-certificates"
        folder.mkdir()
        certificate, key = self._authority.issue("keda-internal", "keda-operator")
        shutil.copy(self._authority.certificate, folder / "ca.crt")
        shutil.copy(certificate, folder / "tls.crt")
        shutil.copy(key, folder / "tls.key")
        return folder

    def kubeconfig(self, file: str, user: str, group: str = "system:masters") -> Path:
        """Write a kubeconfig for a user with a certificate of its own."""
        certificate, key = self._authority.issue(file, user, group)
        cluster = {
            "server": f"https://127.0.0.1:{self._api_port}",
            "certificate-authority": str(self._authority.certificate),
        }
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "here", "cluster": cluster}],
            "users": [
                {
                    "name": user,
                    "user": {"client-certificate": str(certificate), "client-key": str(key)},
                }
            ],
            "contexts": [{"name": "here", "context": {"cluster": "here", "user": user}}],
            "current-context": "here",
        }
        path = self.folder / f"{file}.kubeconfig"
        path.write_text(json.dumps(config))
        return path


def _metrics_service(port: int, authority: Path) -> list[Manifest]:
    """How the API server finds KEDA's metrics: an APIService, and a Service that is loopback."""
    name = "keda-metrics-apiserver"
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": KEDA_NAMESPACE},
        "spec": {"type": "ExternalName", "externalName": "localhost", "ports": [{"port": port}]},
    }
    group, version = EXTERNAL_METRICS.split(".", 1)[1], EXTERNAL_METRICS.split(".", 1)[0]
    api_service = {
        "apiVersion": "apiregistration.k8s.io/v1",
        "kind": "APIService",
        "metadata": {"name": EXTERNAL_METRICS},
        "spec": {
            "group": group,
            "version": version,
            "service": {"name": name, "namespace": KEDA_NAMESPACE, "port": port},
            "caBundle": base64.b64encode(authority.read_bytes()).decode(),
            "groupPriorityMinimum": 100,
            "versionPriority": 100,
        },
    }
    return [service, api_service]


@contextmanager
def control_plane() -> Iterator[ControlPlane]:
    """Run a control plane from the cached tools."""
    with ControlPlane(cluster_tools()) as plane:
        yield plane
