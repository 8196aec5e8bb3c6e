"""A container as a restricted pod gets it: runc, and the image's own configuration."""

import json
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any


def bundle_config(
    image: Mapping[str, Any],
    root: Path,
    environment: Mapping[str, str],
    command: list[str] | None = None,
) -> dict[str, Any]:
    """Return an OCI runtime configuration for an image.

    What Kubernetes' restricted profile asks: the image's own (numeric) user, no
    capabilities, no way to gain any, a read-only root. The network is the host's, so that
    the container reaches a server on loopback. ``command`` replaces the image's arguments.
    """
    arguments = image.get("Cmd", []) if command is None else command
    user, group = image["User"].split(":")
    return {
        "ociVersion": "1.0.2",
        "process": {
            "user": {"uid": int(user), "gid": int(group)},
            "args": [*image["Entrypoint"], *arguments],
            "env": [*image["Env"], *(f"{name}={value}" for name, value in environment.items())],
            "cwd": image["WorkingDir"],
            "capabilities": {},
            "noNewPrivileges": True,
        },
        "root": {"path": str(root), "readonly": True},
        "mounts": _mounts(),
        "linux": {"namespaces": [{"type": kind} for kind in ("pid", "ipc", "uts", "mount")]},
    }


def _mounts() -> list[dict[str, Any]]:
    """What every runtime gives a container, and nothing writable that is not memory."""
    quiet = ["nosuid", "noexec"]
    return [
        {"destination": "/proc", "type": "proc", "source": "proc"},
        {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid"]},
        {"destination": "/dev/shm", "type": "tmpfs", "source": "shm", "options": quiet},  # noqa: S108
    ]


class Container:
    """One process group under runc, with its output in a file."""

    def __init__(self, folder: Path, name: str, config: Mapping[str, Any]) -> None:
        self._name = name
        self._runc = ["runc", "--root", str(folder / "runc")]
        bundle = folder / name
        bundle.mkdir(parents=True)
        (bundle / "config.json").write_text(json.dumps(config))
        self.log = bundle / "output.log"
        with self.log.open("wb") as output:
            self._process = subprocess.Popen(
                [*self._runc, "run", "--bundle", str(bundle), name],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def terminate(self) -> None:
        """Send SIGTERM to the container's first process, as a kubelet does."""
        subprocess.run([*self._runc, "kill", self._name, "TERM"], check=True)

    def wait(self, deadline_s: float) -> int:
        """Return the exit code; a container still alive after the deadline is an error."""
        return self._process.wait(timeout=deadline_s)

    def running(self) -> bool:
        """Tell whether it has not ended yet."""
        return self._process.poll() is None

    def remove(self) -> None:
        """End it whatever its state, and wait until it is gone."""
        if self.running():
            subprocess.run([*self._runc, "kill", self._name, "KILL"], check=False)
            self._process.wait(timeout=30)


StartContainer = Callable[..., Container]
"""``start(image, environment, command=None)``: what the fixture of that name gives a test."""
