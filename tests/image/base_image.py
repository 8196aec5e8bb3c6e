"""What a build needs from outside, made once and kept in a cache beside the checkout."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

SUITE = "bookworm"
SUITE_PYTHON = "3.11"  # the interpreter of that suite: the wheels must be for it
PACKAGES = "python3,python3-venv,python3-pip,ca-certificates"
MIRROR = os.environ.get("SHOAL_DEBIAN_MIRROR", "http://deb.debian.org/debian")


def cache_folder() -> Path:
    """Return the folder outside the checkout that survives a run."""
    home = os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache"))
    folder = Path(home) / "shoal" / "image"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def debian_tree() -> Path:
    """Return the root file system of a minimal Debian with Python and pip.

    About a minute and a half the first time. A run that was interrupted leaves a folder
    under another name, which the next run removes.
    """
    key = hashlib.sha256(f"{SUITE} {PACKAGES}".encode()).hexdigest()[:12]
    tree = cache_folder() / f"debian-{key}"
    if not tree.exists():
        unfinished = tree.with_suffix(".part")
        shutil.rmtree(unfinished, ignore_errors=True)
        command = ["debootstrap", "--variant=minbase", f"--include={PACKAGES}"]
        _run([*command, SUITE, str(unfinished), MIRROR])
        _drop_what_an_image_leaves_out(unfinished)
        unfinished.rename(tree)
    return tree


def _drop_what_an_image_leaves_out(tree: Path) -> None:
    for left_over in ("var/cache/apt", "var/lib/apt/lists", "usr/share/doc", "usr/share/man"):
        shutil.rmtree(tree / left_over, ignore_errors=True)
    # Device nodes: the runtime makes its own, and copying them needs more rights.
    shutil.rmtree(tree / "dev")
    (tree / "dev").mkdir()


def wheelhouse(requirements: Path) -> Path:
    """Return a folder with the wheels of hashed requirements, for the base's Python.

    Downloaded out here, where pip has this machine's settings (an index, a proxy, a
    certificate); the build then needs no network and learns none of them.
    """
    key = hashlib.sha256(requirements.read_bytes()).hexdigest()[:12]
    wheels = cache_folder() / f"wheels-{key}"
    if not wheels.exists():
        unfinished = wheels.with_suffix(".part")
        shutil.rmtree(unfinished, ignore_errors=True)
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--dest", str(unfinished)]
        hashed = ["--require-hashes", "--requirement", str(requirements)]
        _run([*pip, *hashed, "--only-binary=:all:", f"--python-version={SUITE_PYTHON}"])
        unfinished.rename(wheels)
    return wheels


def _run(command: list[str]) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
