"""``shoal-agent new``: a project to begin with, whose tests pass and whose image builds.

The files beside this one are its templates; ``{{name}}`` is the one thing filled in.
"""

import re
from importlib.resources import files
from pathlib import Path

from shoal_agent.agent_error import AgentError, ConfigurationError
from shoal_agent.contract import ExitCode

_NAME = re.compile(r"[a-z]([a-z0-9-]*[a-z0-9])?")
# A ScaledObject's limit, so that the name will do for the agent in the stack's settings too.
_LONGEST_NAME = 54
_SUFFIX = ".tmpl"
_HIDDEN = {"dockerignore": ".dockerignore", "gitignore": ".gitignore"}


def write_project(name: str, directory: str | None) -> ExitCode:
    """Write the project and print what to do with it; raise AgentError, with nothing written."""
    if len(name) > _LONGEST_NAME or _NAME.fullmatch(name) is None:
        raise ConfigurationError(
            f"NAME={name!r}: must be lower-case letters, digits and hyphens, begin with a letter, "
            f"not end with a hyphen, and have at most {_LONGEST_NAME} characters: it names an "
            "image and an agent of a cluster"
        )
    folder = Path(name if directory is None else directory)
    texts = {folder / file: text for file, text in _filled_in(name).items()}
    existing = [path.name for path in texts if path.exists()]
    if existing:
        raise ConfigurationError(
            f"{folder} has {', '.join(sorted(existing))} already, and nothing is overwritten: "
            "choose another NAME or --directory"
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, text in texts.items():
            path.write_text(text)
    except OSError as error:
        raise AgentError(f"{folder} cannot be written: {error}") from error
    print(_next_steps(folder))  # noqa: T201 - its purpose
    return ExitCode.DRAINED


def _filled_in(name: str) -> dict[str, str]:
    templates = [each for each in files(__package__).iterdir() if each.name.endswith(_SUFFIX)]
    return {
        _HIDDEN.get(file := each.name.removesuffix(_SUFFIX), file): each.read_text().replace(
            "{{name}}", name
        )
        for each in templates
    }


def _next_steps(folder: Path) -> str:
    return f"""\
{folder} is ready: handlers.py is yours to change, README.md says how to run it. Next:
  cd {folder} && pip install -r requirements-dev.txt
  pytest
  shoal-agent run --watch handlers:handle"""
