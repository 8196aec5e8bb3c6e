"""What a consumer adds to its base image, and what the base must have to run it.

An image's size is that of its files, and no registry or daemon is needed to count them: the
layer is what pip or npm installs, the runtime is the interpreter with its standard library.
The rest of a base image is whatever its maker put there, for Node and Python alike.
"""

import shutil
import sys
import sysconfig
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bench.agent.consumers import AGENT, LOOP, NODE
from bench.agent.peer_installs import PYTHON_LOCK, node_peer, python_layer

_AGENT_FOLDER = Path(__file__).resolve().parents[2] / "agent"
# No program needs these to run: slim images leave them out, and static libraries too.
_NOT_IN_IMAGES = frozenset({"__pycache__", "site-packages", "test", "idlelib", "ensurepip"})
_MB = 2**20


@dataclass(frozen=True)
class ImageSize:
    """The files of an image, in MB."""

    name: str
    layer_mb: float
    runtime_mb: float

    @property
    def total_mb(self) -> float:
        """Both together."""
        return self.layer_mb + self.runtime_mb


def image_sizes() -> list[ImageSize]:
    """Return the agent's and its peers', each with what its base image must bring."""
    lock = _AGENT_FOLDER / "requirements.txt"
    agent = _size_mb(python_layer("botocore", lock), _AGENT_FOLDER / "shoal_agent")
    python_mb = _python_mb()
    found = [ImageSize(AGENT, agent, python_mb)]
    requirements = {LOOP: "boto3", "celery": "celery[sqs]", "dramatiq_sqs": "dramatiq-sqs"}
    for name, requirement in requirements.items():
        layer = python_layer(requirement, PYTHON_LOCK)
        found.append(ImageSize(name, _size_mb(layer), python_mb))
    program, node = node_peer(), shutil.which("node")
    if program is not None and node is not None:
        layer_mb = _size_mb(program.parent / "node_modules")
        found.append(ImageSize(NODE, layer_mb, Path(node).resolve().stat().st_size / _MB))
    return found


def _python_mb() -> float:
    library = Path(sysconfig.get_config_var("LIBDIR"), sysconfig.get_config_var("INSTSONAME"))
    paths = [Path(sysconfig.get_path("stdlib")), Path(sys.executable).resolve()]
    if ".so" in library.suffixes and library.is_file():  # some programs have it built in
        paths.append(library)
    return _size_mb(*paths)


def _size_mb(*paths: Path) -> float:
    return sum(file.stat().st_size for path in paths for file in _files(path)) / _MB


def _files(path: Path) -> Iterable[Path]:
    if path.is_file():
        return [path]
    return (
        file
        for file in path.rglob("*")
        if file.is_file()
        and not file.is_symlink()
        and file.suffix != ".a"
        and not _NOT_IN_IMAGES & set(file.relative_to(path).parts)
    )
