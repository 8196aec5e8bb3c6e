"""How long functions and files may be: what one can read without losing the thread."""

import ast

from tests.structure.source_tree import PACKAGES, ROOT, SourceFile, source_files

LONGEST_FUNCTION = 60
P90_FUNCTION = 25
LONGEST_FILE = 300
LONGEST_STACK_PROGRAM = 60


def _lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def test_no_function_is_longer_than_a_screen() -> None:
    long = [
        f"{file.name}:{function.lineno} {function.name} has {_lines(function)} lines"
        for file in source_files()
        for function in file.functions()
        if _lines(function) > LONGEST_FUNCTION
    ]
    assert long == []


def test_nine_functions_of_ten_are_short() -> None:
    lengths = sorted(
        _lines(function)
        for file in source_files(*PACKAGES.values())
        for function in file.functions()
    )
    assert lengths[int(len(lengths) * 0.9)] <= P90_FUNCTION


def test_no_file_is_longer_than_three_hundred_lines() -> None:
    long = [
        f"{file.name} has {len(file.text.splitlines())} lines"
        for file in source_files()
        if len(file.text.splitlines()) > LONGEST_FILE
    ]
    assert long == []


def test_the_stack_program_fits_on_one_screen() -> None:
    program = SourceFile(ROOT / "__main__.py").text.splitlines()
    assert 0 < len(program) <= LONGEST_STACK_PROGRAM
