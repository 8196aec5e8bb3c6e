"""The images that pods need, as archives: the agent's, and the one that holds a pod open."""

import shutil
from pathlib import Path

from tests.cluster.node import PAUSE_IMAGE
from tests.image.agent_build import AGENT, build_agent, build_base
from tests.image.builder import Builder

AGENT_IMAGE = f"{AGENT}:test"


def pod_images(folder: Path) -> tuple[Path, Path]:
    """Build both and return their archives; the builder's storage is gone afterwards."""
    storage = folder / "builder"
    storage.mkdir()
    builder = Builder(storage)
    pause, agent = folder / "pause.tar", folder / "agent.tar"
    builder.import_tree(_sleeper(folder), PAUSE_IMAGE, command="/bin/sleep infinity")
    builder.save(PAUSE_IMAGE, PAUSE_IMAGE, pause)
    build_base(builder)
    build_agent(builder, folder)
    builder.save(AGENT, AGENT_IMAGE, agent)
    shutil.rmtree(storage)
    return pause, agent


def _sleeper(folder: Path) -> Path:
    """Return a root file system whose one program sleeps: busybox, linked statically."""
    busybox = shutil.which("busybox")
    assert busybox is not None
    tree = folder / "pause"
    (tree / "bin").mkdir(parents=True)
    shutil.copy(busybox, tree / "bin" / "sleep")
    return tree
