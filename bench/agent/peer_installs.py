"""The peers, installed from their locks into a cache outside the checkout."""

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

PEERS = Path(__file__).parent / "peers"


def _cache(*locks: Path) -> Path:
    base = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    content = b"".join(lock.read_bytes() for lock in locks)
    return base / "shoal" / "bench" / hashlib.sha256(content).hexdigest()[:12]


def python_peers() -> Path:
    """Return the interpreter of a virtual environment with the Python peers."""
    lock = PEERS / "requirements.lock"
    folder = _cache(lock)
    ready = folder / ".ready"
    if not ready.exists():
        venv.create(folder, with_pip=False, clear=True)
        subprocess.run(
            [
                sys.executable,
                "-m",
                "uv",
                "pip",
                "install",
                "--quiet",
                "--require-hashes",
                "--python",
                folder / "bin" / "python",
                "--requirement",
                lock,
            ],
            check=True,
        )
        ready.touch()
    return folder / "bin" / "python"


def node_peer() -> Path | None:
    """Return the program of the Node peer, or None where there is no Node."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        return None
    source = PEERS / "sqs_consumer"
    folder = _cache(source / "package-lock.json", source / "index.mjs")
    if not (folder / ".ready").exists():
        shutil.copytree(source, folder, dirs_exist_ok=True)
        subprocess.run(["npm", "ci", "--silent", "--no-audit", "--no-fund"], cwd=folder, check=True)
        (folder / ".ready").touch()
    return folder / "index.mjs"
