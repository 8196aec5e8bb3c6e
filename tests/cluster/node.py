"""A node for the control plane: containerd, a kubelet and the scheduler, on this machine.

Most of it lives in the control plane's folder. What does not (a bridge, network namespaces,
control groups, a few fixed paths) is taken away at the end.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from tests.cluster.api_server import resource_path
from tests.cluster.control_plane import ControlPlane
from tests.cluster.processes import Processes, free_ports

NAME = "node"
BRIDGE = "shoal-pods"
GATEWAY = "10.244.0.1"
"""The machine's own address as a pod sees it; a server for pods listens there."""
POD_RANGE = "10.244.0.0/24"
PAUSE_IMAGE = "localhost/pause:1"
CNI_PROGRAMS = "/usr/lib/cni"
FIXED_PATHS = frozenset(
    Path(path)
    for path in ("/var/lib/cni", "/var/lib/kubelet", "/var/log/containers", "/var/log/pods")
)
"""Where a kubelet and CNI write whatever their settings are."""


class Node:
    """Runs pods; images come from archives, for there is no registry."""

    def __init__(self, plane: ControlPlane) -> None:
        self._plane = plane
        self._folder = plane.folder / "node"
        self._folder.mkdir()
        self._socket = self._folder / "containerd.sock"
        self._processes = Processes(self._folder)
        self._was_there = {path for path in FIXED_PATHS if path.exists()}

    def start(self, *archives: Path) -> None:
        """Start everything, with these images; return when pods can be scheduled."""
        _ip("link", "add", BRIDGE, "type", "bridge")
        _ip("address", "add", f"{GATEWAY}/24", "dev", BRIDGE)
        _ip("link", "set", BRIDGE, "up")
        self._start_containerd()
        for archive in archives:
            self._ctr("images", "import", str(archive))
        self._start_scheduler()
        self._start_kubelet()
        self._processes.wait_until("the node is ready", self._ready)

    def images(self) -> list[str]:
        """Return the names of the images that pods can use."""
        return self._ctr("images", "list", "--quiet").split()

    def stop(self) -> None:
        """Let the kubelet remove every pod, then take away what the node has put about."""
        try:
            self._delete_pods()
            self._processes.wait_until("no container is left", lambda: not self._containers())
        finally:
            self._processes.close()
            _unmount_below(self._folder)
            for path in FIXED_PATHS - self._was_there:
                shutil.rmtree(path, ignore_errors=True)
            _remove_control_groups()
            _ip("link", "delete", BRIDGE)

    def _delete_pods(self) -> None:
        api = self._plane.api
        for kind, version in (("Deployment", "apps/v1"), ("Pod", "v1")):
            for found in api.get(resource_path(version, kind, None, None))["items"]:
                meta = found["metadata"]
                api.delete(resource_path(version, kind, meta["namespace"], meta["name"]))

    def _containers(self) -> list[str]:
        return self._ctr("containers", "list", "--quiet").split()

    def _ready(self) -> bool:
        path = resource_path("v1", "Node", None, None)
        for node in self._plane.api.get(path)["items"]:
            # The scheduler goes by the taint, which leaves a moment after the node is ready.
            if "taints" not in node["spec"] and _is_ready(node):
                return True
        return False

    def _start_containerd(self) -> None:
        networks = self._folder / "networks"
        networks.mkdir()
        (networks / "10-pods.conf").write_text(json.dumps(_network(self._folder)))
        config = self._folder / "containerd.toml"
        config.write_text(_containerd_config(self._folder, self._socket, networks))
        self._processes.start("containerd", "containerd", "--config", str(config))
        self._processes.wait_until("containerd answers", self._answers)

    def _answers(self) -> bool:
        command = ["ctr", "--address", str(self._socket), "version"]
        return subprocess.run(command, check=False, capture_output=True).returncode == 0

    def _start_scheduler(self) -> None:
        config = self._plane.kubeconfig("scheduler", "system:kube-scheduler")
        self._processes.start(
            "kube-scheduler",
            str(self._plane.tools.kubernetes / "kube-scheduler"),
            f"--kubeconfig={config}",
            f"--authentication-kubeconfig={config}",
            f"--authorization-kubeconfig={config}",
            "--bind-address=127.0.0.1",
            f"--secure-port={free_ports(1)[0]}",
            "--leader-elect=false",
        )

    def _start_kubelet(self) -> None:
        kubeconfig = self._plane.kubeconfig("kubelet", f"system:node:{NAME}", "system:nodes")
        config = self._folder / "kubelet.yaml"
        authority = self._plane.folder / "ca.crt"
        config.write_text(yaml.safe_dump(_kubelet_config(self._socket, authority)))
        self._processes.start(
            "kubelet",
            str(self._plane.tools.kubernetes / "kubelet"),
            f"--config={config}",
            f"--kubeconfig={kubeconfig}",
            f"--hostname-override={NAME}",
            f"--root-dir={self._folder / 'kubelet'}",
            f"--cert-dir={self._folder / 'kubelet-certificates'}",
            "--node-ip=127.0.0.1",
        )

    def _ctr(self, *arguments: str) -> str:
        command = ["ctr", "--address", str(self._socket), "--namespace", "k8s.io", *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _is_ready(node: dict[str, Any]) -> bool:
    conditions = node["status"].get("conditions", [])
    return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)


def _network(folder: Path) -> dict[str, Any]:
    addresses = {
        "type": "host-local",
        "ranges": [[{"subnet": POD_RANGE, "gateway": GATEWAY}]],
        "routes": [{"dst": "0.0.0.0/0"}],
        "dataDir": str(folder / "addresses"),
    }
    return {
        "cniVersion": "0.4.0",
        "name": "pods",
        "type": "bridge",
        "bridge": BRIDGE,
        "ipam": addresses,
    }


def _containerd_config(folder: Path, socket: Path, networks: Path) -> str:
    # restrict_oom_score_adj: without it every sandbox fails on a machine whose root may not
    # lower the score (no CAP_SYS_RESOURCE).
    return f"""\
version = 2
root = "{folder / "containerd"}"
state = "{folder / "containerd-state"}"
[grpc]
  address = "{socket}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{PAUSE_IMAGE}"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{CNI_PROGRAMS}"
    conf_dir = "{networks}"
"""


def _kubelet_config(socket: Path, authority: Path) -> dict[str, Any]:
    port, health = free_ports(2)
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": "127.0.0.1",
        "port": port,
        "healthzPort": health,
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": False},
            "x509": {"clientCAFile": str(authority)},
        },
        "authorization": {"mode": "AlwaysAllow"},
        "containerRuntimeEndpoint": f"unix://{socket}",
        "cgroupDriver": "cgroupfs",
        "podLogsDir": str(socket.parent / "logs"),
        "failCgroupV1": False,
        "failSwapOn": False,
        "enforceNodeAllocatable": [],
        "makeIPTablesUtilChains": False,
        "localStorageCapacityIsolation": False,
        # Room on a busy machine's disk is not what is tested.
        "evictionHard": {"nodefs.available": "1%", "imagefs.available": "1%"},
        "imageGCHighThresholdPercent": 100,
    }


def _unmount_below(folder: Path) -> None:
    """Unmount what is still mounted there, the innermost first: a kubelet mounts its folder."""
    mounts = (line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines())
    for mount in sorted((m for m in mounts if Path(m).is_relative_to(folder)), reverse=True):
        subprocess.run(["umount", mount], check=True)


def _remove_control_groups() -> None:
    """Remove the kubelet's empty control groups, under each controller or in the one tree."""
    root = Path("/sys/fs/cgroup")
    for top in [*root.glob("kubepods"), *root.glob("*/kubepods")]:
        for group, _, _ in os.walk(top, topdown=False):
            Path(group).rmdir()


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True)


@contextmanager
def node(plane: ControlPlane, *archives: Path) -> Iterator[Node]:
    """Give a control plane a node; every pod and the bridge are gone afterwards."""
    made = Node(plane)
    try:
        made.start(*archives)
        yield made
    finally:
        made.stop()


def missing_programs() -> list[str]:
    """Return what a node needs from Debian's packages and this machine lacks."""
    needed = ["buildah", "busybox", "conntrack", "containerd", "debootstrap", "ip", "iptables"]
    missing = [name for name in needed if shutil.which(name) is None]
    return missing + ([] if Path(CNI_PROGRAMS).is_dir() else [CNI_PROGRAMS])
