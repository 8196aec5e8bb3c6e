from typing import Any

import pulumi
import pytest

from pulumi_shoal import setting_kind as kinds
from pulumi_shoal.duration import format_duration, parse_duration_s
from pulumi_shoal.quantity import parse_quantity
from pulumi_shoal.setting_kind import Kind
from shoal_local.testing import evaluate


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("60s", 60), ("5m", 300), ("1h30m", 5_400), ("14d", 1_209_600), ("1.5s", 1.5), (7, 7)],
)
def test_durations_are_read_as_people_write_them(text: object, seconds: float) -> None:
    assert parse_duration_s(text) == seconds


@pytest.mark.parametrize("text", ["", "60", "s", "5 m", "-5s", "5w", True, None, float("nan")])
def test_what_is_no_duration_is_rejected(text: object) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parse_duration_s(text)


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0s"), (90, "90s"), (300, "5m"), (43_200, "12h"), (345_600, "4d")]
)
def test_durations_are_written_in_the_largest_whole_unit(seconds: int, text: str) -> None:
    assert format_duration(seconds) == text


def test_quantities_compare_across_units() -> None:
    assert parse_quantity("250m") == 0.25
    assert parse_quantity("1Gi") == 1_073_741_824
    assert parse_quantity("1G") < parse_quantity("1Gi")


@pytest.mark.parametrize(
    ("kind", "given", "read"),
    [
        (kinds.WHOLE, 4.0, 4),  # what a program in another language sends
        (kinds.NUMBER, 2, 2.0),
        (kinds.FLAG, False, False),
        (kinds.TEXTS, ["a", "b"], ["a", "b"]),
        (kinds.TEXT_MAP, {"a": "b"}, {"a": "b"}),
        (kinds.one_of("x", "y"), "y", "y"),
        (kinds.list_of("x", "y"), ["y"], ["y"]),
        (kinds.WHOLE_DURATION, "1m", 60),
    ],
)
def test_each_kind_reads_its_own(kind: Kind, given: Any, read: Any) -> None:
    parsed = kind.parse(given)
    assert (parsed, type(parsed)) == (read, type(read))


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        (kinds.WHOLE, "4"),
        (kinds.WHOLE, 4.5),
        (kinds.WHOLE, True),
        (kinds.NUMBER, False),
        (kinds.FLAG, "yes"),
        (kinds.FLAG, 1),
        (kinds.TEXT, ""),
        (kinds.TEXT, 7),
        (kinds.TEXTS, "ab"),
        (kinds.TEXT_MAP, {"a": 1}),
        (kinds.QUANTITY, "a lot"),
        (kinds.WHOLE_DURATION, "1.5s"),
        (kinds.one_of("x", "y"), "z"),
    ],
)
def test_no_kind_of_setting_coerces_a_value(kind: Kind, given: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        kind.parse(given)


def test_what_another_resource_will_say_passes_where_inputs_may_stand() -> None:
    def program() -> None:
        later = pulumi.Output.from_input("later")
        assert kinds.INPUT.parse(later) is later
        assert kinds.INPUTS.parse([later])[0] is later
        assert kinds.INPUT_MAP.parse({"A": later})["A"] is later

    evaluate(program)
