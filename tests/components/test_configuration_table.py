import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from pulumi_shoal.duration import format_duration
from pulumi_shoal.settings_reader import settings_of
from pulumi_shoal.settings_table import configuration, default_of, meaning
from pulumi_shoal.stack_settings import StackSettings

PAGE = Path(__file__).parents[2] / "docs" / "configuration.md"


def _classes(cls: type) -> Iterator[type]:
    yield cls
    for _, what in settings_of(cls).values():
        for nested in what.classes:
            yield from _classes(nested)


CLASSES = sorted(set(_classes(StackSettings)), key=lambda cls: cls.__name__)


def test_the_page_agrees_with_the_settings() -> None:
    assert PAGE.read_text() == configuration(), "run make docs"


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: str(cls.__name__))
def test_every_key_has_a_meaning_and_the_default_it_states(cls: type) -> None:
    for name in settings_of(cls):
        text = meaning(cls, name)
        default = default_of(cls, name)
        stated = re.search(r"Default: (.*?)[.,;](?=\s|$)", text)
        if isinstance(default, (str, int)) and default != "":
            assert stated is not None, f"{cls.__name__}.{name} states no default"
            assert _says(stated[1], default), f"{cls.__name__}.{name}: {stated[1]} for {default!r}"


def _says(words: str, default: object) -> bool:
    written = {str(default), str(default).lower()}
    if isinstance(default, int) and not isinstance(default, bool):
        written.add(format_duration(default).replace("d", " days"))
        written.add(f"{default // 1_048_576} MiB")
    return words.replace("`", "") in written
