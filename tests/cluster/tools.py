"""The programs of the cluster: built from pinned Go modules, or unpacked from Debian's package.

All of them live in a cache outside the checkout. Nothing is installed on the machine.
"""

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
BUILD = HERE / "tools" / "build.sh"


@dataclass(frozen=True)
class Tools:
    """Where each program is; ``keda/crds`` holds KEDA's custom resource definitions."""

    kubernetes: Path
    keda: Path
    etcd: Path


def cluster_tools() -> Tools:
    """Return the programs, building what the cache lacks (minutes, the first time)."""
    return Tools(_built("kubernetes"), _built("keda"), _etcd())


def version_of(tool: str, module: str) -> str:
    """Return the version of a module that a tool's go.mod pins."""
    for line in (HERE / "tools" / tool / "go.mod").read_text().splitlines():
        words = line.removeprefix("require").split()
        if words[:1] == [module]:
            return words[1]
    raise LookupError(f"{module} is not in the go.mod of {tool}")


def _built(tool: str) -> Path:
    done = subprocess.run([str(BUILD), tool], check=True, stdout=subprocess.PIPE, text=True)
    return Path(done.stdout.strip())


def _etcd() -> Path:
    """Unpack Debian's etcd-server; installing it would start one on its usual ports."""
    installed = shutil.which("etcd")
    if installed is not None:
        return Path(installed)
    home = os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache"))
    unpacked = Path(home) / "shoal" / "cluster" / "etcd"
    if not (unpacked / "usr" / "bin" / "etcd").exists():
        with tempfile.TemporaryDirectory() as folder:
            # apt drops its rights to download, and has to be let into the folder.
            Path(folder).chmod(0o755)
            subprocess.run(["apt-get", "-q", "download", "etcd-server"], cwd=folder, check=True)
            package = next(Path(folder).glob("etcd-server_*.deb"))
            subprocess.run(["dpkg-deb", "-x", str(package), str(unpacked)], check=True)
    return unpacked / "usr" / "bin" / "etcd"
