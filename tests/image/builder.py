"""Images without a registry or a daemon: buildah with a storage of its own."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

# Plain folders: the overlay driver would leave a mount behind in the storage.
STORAGE_DRIVER: Final = "vfs"


@dataclass(frozen=True)
class Image:
    """A built image: its configuration and its unpacked root file system."""

    config: Mapping[str, Any]
    root: Path


class Builder:
    """Builds images in one folder, which holds everything it makes."""

    def __init__(self, folder: Path) -> None:
        self._storage = ["--root", str(folder / "storage"), "--runroot", str(folder / "run")]
        self._storage += ["--storage-driver", STORAGE_DRIVER]

    def import_tree(self, tree: Path, image: str, *, command: str | None = None) -> None:
        """Make an image of one layer from a root file system, or from one file of it."""
        container = self._buildah("from", "scratch")
        self._buildah("copy", "--quiet", container, str(tree), "/")
        if command is not None:
            self._buildah("config", "--cmd", command, container)
        self._buildah("commit", "--quiet", container, image)
        self._buildah("rm", container)

    def build(self, context: Path, image: str, *options: str) -> None:
        """Build a folder's Dockerfile, in a chroot, with no network to lean on."""
        self._buildah("build", "--isolation", "chroot", *options, "--tag", image, str(context))

    def save(self, image: str, tag: str, archive: Path) -> None:
        """Write an image to a file that a container runtime can import, under a name."""
        self._buildah("push", "--quiet", image, f"docker-archive:{archive}:{tag}")

    def image(self, name: str) -> Image:
        """Return an image's configuration (user, entry point, environment) and its files."""
        described = json.loads(self._buildah("inspect", "--type", "image", name))
        container = self._buildah("from", "--pull-never", name)
        return Image(described["OCIv1"]["config"], Path(self._buildah("mount", container)))

    def _buildah(self, *arguments: str) -> str:
        command = ["buildah", *self._storage, *arguments]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(command)}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
        return done.stdout.strip()
