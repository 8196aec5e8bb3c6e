"""The agent's image, built from its own folder on a base that no registry gave."""

from pathlib import Path

from tests.image.base_image import debian_tree, wheelhouse
from tests.image.builder import Builder

ROOT = Path(__file__).resolve().parents[2]
BASE = "localhost/debian-python"
AGENT = "localhost/shoal-agent"


def build_base(builder: Builder) -> None:
    """Make the base image of Debian's packages."""
    builder.import_tree(debian_tree(), BASE)


def build_agent(builder: Builder, scratch: Path) -> None:
    """Build the agent's Dockerfile on the base, from wheels that are at hand.

    pip's settings come in as the secret that the Dockerfile knows, the wheels as a folder
    that is there during the build alone; neither stays in the image.
    """
    pip_conf = scratch / "pip.conf"
    pip_conf.write_text("[global]\nno-index = true\nfind-links = /wheelhouse\n")
    wheels = wheelhouse(ROOT / "agent" / "requirements.txt")
    builder.build(
        ROOT / "agent",
        AGENT,
        f"--build-arg=BASE_IMAGE={BASE}",
        f"--secret=id=pip,src={pip_conf}",
        f"--volume={wheels}:/wheelhouse:ro",
    )
