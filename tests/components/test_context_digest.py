from pathlib import Path

import pytest

from pulumi_shoal.context_digest import context_digest


@pytest.fixture
def context(tmp_path: Path) -> Path:
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "main.py").write_text("print(1)\n")
    return tmp_path


def _digest(context: Path, **settings: str) -> str:
    return context_digest(context, context / "Dockerfile", settings)


def test_the_same_sources_have_the_same_digest(context: Path) -> None:
    assert _digest(context) == _digest(context)
    assert len(_digest(context)) == 16


def test_every_part_of_an_image_changes_its_digest(context: Path) -> None:
    seen = {_digest(context), _digest(context, target="slim")}
    (context / "Dockerfile").write_text("FROM scratch AS base\n")
    seen.add(_digest(context))
    (context / "app" / "main.py").write_text("print(2)\n")
    seen.add(_digest(context))
    (context / "app" / "main.py").rename(context / "app" / "run.py")
    seen.add(_digest(context))
    (context / "app" / "run.py").chmod(0o755)
    seen.add(_digest(context))
    assert len(seen) == 6


@pytest.mark.parametrize("left_behind", [".git/HEAD", "app/__pycache__/main.pyc", ".venv/bin/x"])
def test_what_tools_leave_behind_is_no_part_of_an_image(context: Path, left_behind: str) -> None:
    before = _digest(context)
    path = context / left_behind
    path.parent.mkdir(parents=True)
    path.write_text("anything")
    assert _digest(context) == before
