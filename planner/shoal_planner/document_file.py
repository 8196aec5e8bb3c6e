"""Files that people write: text, tables, JSON, and YAML where PyYAML is installed."""

import csv
import json
from pathlib import Path

from shoal_planner.planner_input_error import PlannerInputError

_EXTRA = "planner"


def read_text(path: Path, option: str) -> str:
    """Return a file's text; raise PlannerInputError, naming `option`, where there is none."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        reason = error.strerror or "it cannot be read"
        raise PlannerInputError(option, str(path), allowed="a readable file", why=reason) from None
    except UnicodeDecodeError:
        raise PlannerInputError(option, str(path), allowed="a text file in UTF-8") from None


def table_rows(text: str, option: str, name: str) -> list[list[str]]:
    """Return the rows of a CSV; raise PlannerInputError, naming `option`, where it is none."""
    try:
        return list(csv.reader(text.splitlines(), strict=True))
    except csv.Error as error:
        raise PlannerInputError(option, name, allowed="CSV", why=str(error)) from None


def check_folder(path: Path, option: str) -> None:
    """Raise PlannerInputError, naming `option`, where a path cannot become a file."""
    if not path.parent.is_dir() or path.is_dir():
        why = f"{path} is a folder" if path.is_dir() else f"there is no folder {path.parent}"
        raise PlannerInputError(option, str(path), allowed="a file in a folder", why=why)


def read_documents(path: Path, option: str) -> list[object]:
    """Return the documents of a YAML file, or the one of a JSON file."""
    try:
        return _documents(read_text(path, option), str(path), option)
    except RecursionError:
        allowed = "a file with fewer levels, one in another"
        raise PlannerInputError(option, str(path), allowed=allowed) from None


def _documents(text: str, name: str, option: str) -> list[object]:
    if text.lstrip().startswith("{{"):
        fix = "render it first: helm template"
        raise PlannerInputError(option, name, allowed="YAML", why="it is a template", fix=fix)
    if text.lstrip()[:1] in ("{", "["):
        try:
            return [json.loads(text)]
        except json.JSONDecodeError as error:
            why = f"line {error.lineno}: {error.msg}"
            raise PlannerInputError(option, name, allowed="valid JSON", why=why) from None
    try:
        import yaml  # noqa: PLC0415 - only where a YAML file is read: it is in no base install
    except ModuleNotFoundError:
        raise PlannerInputError(
            option,
            name,
            allowed="JSON",
            why="reading YAML needs PyYAML, which is not installed",
            fix=f"pip install 'shoal[{_EXTRA}]'",
        ) from None
    try:
        return list(yaml.safe_load_all(text))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f"line {mark.line + 1}: " if mark else ""
        why = f"{line}{error.problem or error.context}"
        raise PlannerInputError(option, name, allowed="valid YAML", why=why) from None
    except yaml.YAMLError as error:
        why = " ".join(str(error).split())
        raise PlannerInputError(option, name, allowed="valid YAML", why=why) from None
