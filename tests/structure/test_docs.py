"""The docs say what is so: the README's example is the tested one, links lead somewhere."""

import re
from pathlib import Path

import pytest
from tests.structure.source_tree import ROOT

README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / "docs").glob("*.md"))]


def _anchors(page: Path) -> set[str]:
    """Return the fragments that GitHub makes of a page's headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _leads_nowhere(page: Path, target: str) -> bool:
    path, _, fragment = target.partition("#")
    found = page if path == "" else page.parent / path
    return not found.exists() or (fragment != "" and fragment not in _anchors(found))


def test_the_example_of_the_readme_is_the_one_that_a_test_executes() -> None:
    found = re.findall(
        r"<!-- (examples/\S+) -->\n```python\n(.*?)```", README.read_text(), re.DOTALL
    )
    path, code = found[0]
    assert code == (ROOT / path).read_text()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_and_picture_leads_somewhere(page: Path) -> None:
    targets = [t for t in re.findall(r"\]\(([^)]+)\)", page.read_text()) if "://" not in t]
    assert [target for target in targets if _leads_nowhere(page, target)] == []


def test_a_link_that_leads_nowhere_is_seen() -> None:
    assert _leads_nowhere(README, "docs/none.md")
    assert _leads_nowhere(README, "docs/scaling.md#none")
    assert not _leads_nowhere(README, "docs/scaling.md#one-goal-not-five-knobs")


def test_every_make_target_that_the_readme_names_exists() -> None:
    makefile = (ROOT / "Makefile").read_text()
    named = set(re.findall(r"(?:`|\$ )make ([a-z-]+)", README.read_text()))
    assert {"demo", "preview", "setup"} <= named
    assert {name for name in named if f"\n{name}:" not in makefile} == set()
