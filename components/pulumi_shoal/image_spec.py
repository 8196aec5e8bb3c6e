"""The settings of an image that is built in the stack."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, NotRequired, TypedDict

from pulumi_shoal.setting_kind import TEXT, TEXT_MAP, WHOLE, list_of
from pulumi_shoal.settings_reader import setting

PLATFORMS = ("linux/amd64", "linux/arm64")


class AgentImageArgs(TypedDict):
    """An image to build, and the repository it is pushed to."""

    context: str
    """Folder that the image is built from."""
    dockerfile: NotRequired[str]
    """Dockerfile. Default: `Dockerfile` in the context."""
    target: NotRequired[str]
    """Stage of the Dockerfile to build. Default: the last."""
    build_args: NotRequired[dict[str, str]]
    """Values of the Dockerfile's `ARG`s. Default: none. They stay readable in the image."""
    platforms: NotRequired[list[str]]
    """Platforms to build for. Default: `linux/amd64`, which the default nodes are."""
    tag: NotRequired[str]
    """Tag, such as a commit. Default: a digest of context, Dockerfile and build arguments. Tags
    cannot be pushed twice, so one that is given must change with the sources."""
    keep: NotRequired[int]
    """Images kept for going back; older ones are deleted. Default: 20."""


@dataclass(frozen=True, kw_only=True)
class AgentImageSpec:
    """The settings of an `AgentImage`."""

    ARGS: ClassVar[type] = AgentImageArgs

    context: str = setting(TEXT)
    dockerfile: str | None = setting(TEXT, default=None)
    target: str | None = setting(TEXT, default=None)
    build_args: dict[str, str] = setting(TEXT_MAP, default={})
    platforms: list[str] = setting(list_of(*PLATFORMS), default=["linux/amd64"])
    tag: str | None = setting(TEXT, default=None)
    keep: int = setting(WHOLE, default=20, least=1)

    @property
    def dockerfile_path(self) -> Path:
        """Where the Dockerfile is."""
        return (
            Path(self.context, "Dockerfile") if self.dockerfile is None else Path(self.dockerfile)
        )
