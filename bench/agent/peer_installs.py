"""The peers, installed from their locks into a cache outside the checkout."""

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

PEERS = Path(__file__).parent / "peers"
PYTHON_LOCK = PEERS / "requirements.lock"
_NODE_PROGRAM = PEERS / "sqs_consumer" / "index.mjs"


def python_peers() -> Path:
    """Return the interpreter of a virtual environment with the Python peers."""
    folder = _cache(PYTHON_LOCK)
    if not (folder / ".ready").exists():
        venv.create(folder, with_pip=False, clear=True)
        python = folder / "bin" / "python"
        _pip_install("--require-hashes", "--python", python, "--requirement", PYTHON_LOCK)
        (folder / ".ready").touch()
    return folder / "bin" / "python"


def node_peer() -> Path | None:
    """Return the program of the Node peer, or None where there is no Node."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        return None
    folder = _cache(_NODE_PROGRAM.with_name("package-lock.json"))
    if not (folder / ".ready").exists():
        shutil.copytree(_NODE_PROGRAM.parent, folder, dirs_exist_ok=True)
        subprocess.run(["npm", "ci", "--silent", "--no-audit", "--no-fund"], cwd=folder, check=True)
        (folder / ".ready").touch()
    return Path(shutil.copy(_NODE_PROGRAM, folder))


def python_layer(requirement: str, lock: Path) -> Path:
    """Return a folder with what pip adds to an image for a requirement, at the lock's versions."""
    folder = _cache(lock, name=requirement)
    if not (folder / ".ready").exists():
        _pip_install("--target", folder, "--constraint", lock, requirement)
        (folder / ".ready").touch()
    return folder


def _pip_install(*arguments: str | Path) -> None:
    command = (sys.executable, "-m", "uv", "pip", "install", "--quiet", *arguments)
    subprocess.run(command, check=True)


def _cache(lock: Path, name: str = "") -> Path:
    base = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    version = hashlib.sha256(lock.read_bytes() + name.encode()).hexdigest()[:12]
    return base / "shoal" / "bench" / version
