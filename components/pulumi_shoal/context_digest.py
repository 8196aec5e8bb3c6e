"""A digest of an image's build context: what the image is made of, as a tag.

Tags in the repository are immutable, so a tag must change exactly when the image does. What
tools leave behind in a working copy is not part of it; a `.dockerignore` should say the same.
"""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

IGNORED = frozenset({".git", ".venv", "__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache"})
DIGEST_LENGTH = 16


def context_digest(context: Path, dockerfile: Path, settings: Mapping[str, str]) -> str:
    """Return a short digest of every file of the context, its Dockerfile and the settings."""
    digest = hashlib.sha256()
    for name, value in sorted(settings.items()):
        _add(digest, name, value.encode())
    _add(digest, "dockerfile", dockerfile.read_bytes())
    for path in sorted(_files(context)):
        mode = "x" if path.stat().st_mode & 0o100 else "-"
        _add(digest, f"{mode}{path.relative_to(context).as_posix()}", path.read_bytes())
    return digest.hexdigest()[:DIGEST_LENGTH]


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name in IGNORED or path.name.endswith((".pyc", ".egg-info")):
            continue
        if path.is_dir():
            yield from _files(path)
        elif path.is_file():
            yield path


def _add(digest: "hashlib._Hash", name: str, content: bytes) -> None:
    # Lengths keep two different trees from running into the same bytes.
    digest.update(f"{len(name)}:{name}:{len(content)}:".encode())
    digest.update(content)
