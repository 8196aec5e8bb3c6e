"""What must stand in no file: a path of somebody's machine."""

import re

from tests.structure.source_tree import ROOT, tracked_files

# Spelt in pieces, so that this file does not hold what it looks for.
MACHINE_PATH = re.compile(r"(?<![A-Za-z0-9./_$}-])/(?:" + "work|root|farm" + r")/")


def test_no_file_holds_a_path_of_a_machine() -> None:
    found = []
    for path in tracked_files():
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        found += [
            f"{path.relative_to(ROOT)}:{number}"
            for number, line in enumerate(text.splitlines(), 1)
            if MACHINE_PATH.search(line)
        ]
    assert found == []
