"""The README says what is so: its example is the tested one, its links lead somewhere."""

import re

from tests.structure.source_tree import ROOT

README = (ROOT / "README.md").read_text()


def test_the_example_of_the_readme_is_the_one_that_a_test_executes() -> None:
    path, code = re.findall(r"<!-- (examples/\S+) -->\n```python\n(.*?)```", README, re.DOTALL)[0]
    assert code == (ROOT / path).read_text()


def test_every_link_and_picture_of_the_readme_is_a_file_of_the_repository() -> None:
    targets = [t for t in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in t]
    assert targets
    assert [target for target in targets if not (ROOT / target).exists()] == []


def test_every_make_target_that_the_readme_names_exists() -> None:
    makefile = (ROOT / "Makefile").read_text()
    named = set(re.findall(r"(?:`|\$ )make ([a-z-]+)", README))
    assert {"demo", "preview", "setup"} <= named
    assert {name for name in named if f"\n{name}:" not in makefile} == set()
