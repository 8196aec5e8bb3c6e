"""The project's own Python files, as text and syntax trees."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = {
    "shoal_agent": ROOT / "agent" / "shoal_agent",
    "pulumi_shoal": ROOT / "components" / "pulumi_shoal",
    "shoal_planner": ROOT / "planner" / "shoal_planner",
    "shoal_local": ROOT / "local" / "shoal_local",
}


@dataclass(frozen=True)
class SourceFile:
    """One Python file of the project."""

    path: Path

    @property
    def name(self) -> str:
        """The path from the root of the repository."""
        return self.path.relative_to(ROOT).as_posix()

    @cached_property
    def text(self) -> str:
        """The file's content."""
        return self.path.read_text()

    @cached_property
    def tree(self) -> ast.Module:
        """The file's syntax tree."""
        return ast.parse(self.text, self.name)

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        """Every function and method, nested ones included."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node

    def imported(self) -> Iterator[tuple[int, str]]:
        """Each absolute import anywhere in the file: its line and its dotted name."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                yield from ((node.lineno, f"{node.module}.{a.name}") for a in node.names)


def tracked_files() -> list[Path]:
    """Return every file that git tracks or would track, and that is there."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return [ROOT / line for line in listing.stdout.splitlines() if (ROOT / line).is_file()]


def source_files(*folders: Path) -> list[SourceFile]:
    """Return the project's Python files, all of them or those under the given folders."""
    files = [SourceFile(path) for path in tracked_files() if path.suffix == ".py"]
    if not folders:
        return files
    return [file for file in files if any(f in file.path.parents for f in folders)]
