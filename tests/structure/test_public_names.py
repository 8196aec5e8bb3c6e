"""What a package shows is what its ``__all__`` says, in order."""

import importlib

import pytest
from tests.structure.source_tree import PACKAGES


@pytest.mark.parametrize("package", PACKAGES)
def test_every_public_name_is_listed_sorted_and_can_be_had(package: str) -> None:
    module = importlib.import_module(package)
    names = module.__all__
    assert names == sorted(names)
    assert len(set(names)) == len(names)
    for name in names:
        assert getattr(module, name) is not None


@pytest.mark.parametrize("package", PACKAGES)
def test_no_public_class_or_function_is_left_out_of_the_list(package: str) -> None:
    module = importlib.import_module(package)
    unlisted = [
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and getattr(value, "__module__", "").startswith(package)
        and name not in module.__all__
    ]
    assert unlisted == []


@pytest.mark.parametrize("package", PACKAGES)
def test_every_listed_class_and_function_says_what_it_is(package: str) -> None:
    module = importlib.import_module(package)
    silent = [
        name
        for name in module.__all__
        if callable(getattr(module, name)) and not (getattr(module, name).__doc__ or "").strip()
    ]
    assert silent == []
