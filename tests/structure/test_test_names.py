"""A test's name, or its docstring, is a sentence about behaviour."""

import ast

from tests.structure.source_tree import ROOT, source_files

FEWEST_WORDS = 4


def test_every_test_says_what_it_holds_to_be_true() -> None:
    tests = [
        (file, function)
        for file in source_files(ROOT / "tests")
        for function in file.functions()
        if function.name.startswith("test_") and file.path.name.startswith("test_")
    ]
    assert tests
    mute = [
        f"{file.name}:{function.lineno} {function.name}"
        for file, function in tests
        if len(function.name.split("_")) - 1 < FEWEST_WORDS and not ast.get_docstring(function)
    ]
    assert mute == []
