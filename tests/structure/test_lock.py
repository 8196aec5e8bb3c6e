"""The lock pins versions by hash, names no address, and is what every install path uses."""

import re

from tests.structure.constraints import constraints
from tests.structure.source_tree import ROOT, tracked_files

LOCK = (ROOT / "requirements.lock").read_text()
LOCK_FILES = re.compile(r"(lock|requirements|constraints)[^/]*\.(lock|txt|json)$|go\.(mod|sum)$")


def test_every_pin_of_the_lock_carries_a_hash() -> None:
    blocks = re.split(r"\n(?=[a-z0-9])", LOCK)[1:]
    assert len(blocks) > 50
    assert [b.splitlines()[0] for b in blocks if "--hash=sha256:" not in b] == []


def test_no_lock_file_names_an_address() -> None:
    locks = [path for path in tracked_files() if LOCK_FILES.search(path.as_posix())]
    assert ROOT / "requirements.lock" in locks
    addressed = [path.relative_to(ROOT) for path in locks if "://" in path.read_text()]
    assert addressed == []


def test_the_constraints_are_the_versions_of_the_lock() -> None:
    assert (ROOT / "constraints.txt").read_text() == constraints(LOCK)


def test_pulumi_installs_this_repository_under_those_constraints() -> None:
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    assert "-c constraints.txt" in lines
    assert any(line.startswith("-e .[") for line in lines)
