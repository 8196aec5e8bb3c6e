"""What can be wrong with an image's settings, one function for each mistake."""

from collections.abc import Callable
from pathlib import Path

from pulumi_shoal.image_spec import AgentImageSpec
from pulumi_shoal.problem import Problem


def context_is_missing(image: AgentImageSpec) -> Problem | None:
    """A preview builds nothing, so that a wrong folder would be found too late."""
    if Path(image.context).is_dir():
        return None
    return Problem(
        code="build-context-missing",
        key="context",
        value=image.context,
        allowed="a folder, relative to the program",
        why="the image is built from it",
        fix="correct the path",
    )


def dockerfile_is_missing(image: AgentImageSpec) -> Problem | None:
    """Likewise for the Dockerfile, once the folder is there."""
    if image.dockerfile_path.is_file() or context_is_missing(image):
        return None
    return Problem(
        code="dockerfile-missing",
        key="dockerfile",
        value=str(image.dockerfile_path),
        allowed="a file, relative to the program",
        why="the image is built by it",
        fix="correct the path, or leave it out for Dockerfile in {context}",
    )


IMAGE_RULES: tuple[Callable[[AgentImageSpec], Problem | None], ...] = (
    context_is_missing,
    dockerfile_is_missing,
)
