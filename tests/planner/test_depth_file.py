"""Recorded queues: Shoal's own CSV, and CloudWatch's exports."""

import json
from pathlib import Path
from typing import Any

import pytest

from shoal_planner import PlannerInputError, QueueDepth
from shoal_planner.depth_file import parse_depth, read_depth_file

VISIBLE = "ApproximateNumberOfMessagesVisible"
NOT_VISIBLE = "ApproximateNumberOfMessagesNotVisible"


def test_a_depth_holds_until_the_next() -> None:
    trace = parse_depth("seconds,visible,in_flight,delayed\n2,1,2,3\n4.5,9,0,0\n", "depth.csv")
    assert trace.at(1999) == QueueDepth(0)
    assert trace.at(2000) == trace.at(4499) == QueueDepth(1, 2, 3)
    assert trace.at(4500) == trace.at(10**9) == QueueDepth(9)


def test_absent_columns_are_zero_and_columns_may_stand_in_any_order() -> None:
    assert parse_depth("visible, seconds\n7,0\n\n", "d").at(0) == QueueDepth(7)


@pytest.mark.parametrize("row", ["5,,,", "5,error,,"])
def test_a_time_when_the_queue_could_not_be_read_has_no_depth(row: str) -> None:
    trace = parse_depth(f"seconds,visible,in_flight,delayed\n0,1,0,0\n{row}\n9,2,0,0", "d")
    assert [trace.at(0), trace.at(5000), trace.at(9000)] == [QueueDepth(1), None, QueueDepth(2)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the header of depth.csv is missing"),
        ("\n\n", "the header of depth.csv is missing"),
        ("seconds,visible\n", "--depth is 'depth.csv': allowed is one row or more"),
        ('seconds,visible\n0,"5\n', "allowed is CSV, because unexpected end of data"),
        ("seconds,visible\n0," + "1" * 200_000, "allowed is CSV, because field larger"),
        ("[" * 100_000, "allowed is an export from CloudWatch"),
        ("seconds,visible,visible\n0,1,2\n", "seconds,visible,in_flight,delayed"),
        ("seconds,visible\n1795477200,1\n", "if this is a date in seconds, subtract the first"),
        ("time,depth\n1,2\n", "seconds,visible,in_flight,delayed"),
        ("seconds,visible,other\n1,2,3\n", "seconds,visible,in_flight,delayed"),
        ("seconds,visible\n0,5\n1\n", "depth.csv line 3 is '1': allowed is 2 cells"),
        ("seconds,visible\n5,1\n4,1\n", "seconds in depth.csv line 3 is '4'"),
        ("seconds,visible\n-1,1\n", "a number of seconds, 0 or more"),
        ("seconds,visible\n0,many\n", "visible in depth.csv line 2 is 'many'"),
        ("seconds,visible\n0,1.5\n", "visible in depth.csv line 2 is '1.5'"),
        ("{", "line 1 is not JSON"),
        ("{}", f"datapoints of {VISIBLE}"),
        ('{"MetricDataResults": 5}', "MetricDataResults in depth.csv is 5: allowed is a list"),
        ('{"MetricDataResults": [5]}', "a result in depth.csv is 5: allowed is a mapping"),
        (f"Time,{VISIBLE}\nJan 1 10:00,5\n", "none with a time such as 2026-11-23T20:00:00Z"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(text: str, words: str) -> None:
    with pytest.raises(PlannerInputError) as raised:
        parse_depth(text, "depth.csv")
    assert words in str(raised.value)


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "depth.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(PlannerInputError, match=r"--depth is '.*depth\.csv'"):
        read_depth_file(path)


def metric_data(*results: tuple[str, list[str], list[float]]) -> str:
    answers = [
        {"Id": f"m{index}", "Label": label, "Timestamps": times, "Values": values}
        for index, (label, times, values) in enumerate(results)
    ]
    return json.dumps({"MetricDataResults": answers, "Messages": []})


def test_get_metric_data_gives_seconds_since_its_first_datapoint() -> None:
    text = metric_data(
        (VISIBLE, ["2026-11-23T20:02:00+00:00", "2026-11-23T20:00:00+00:00"], [30.4, 10.0]),
        (f"orders {NOT_VISIBLE}", ["2026-11-23T20:01:00Z"], [4.0]),
        ("NumberOfMessagesSent", ["2026-11-23T19:00:00Z"], [99.0]),
    )
    trace = parse_depth(text, "export.json")
    assert list(trace.times_ms) == [0, 60_000, 120_000]
    assert trace.depths == [QueueDepth(10), QueueDepth(10, 4), QueueDepth(30, 4)]


def datapoints(label: str, **statistics: float) -> dict[str, Any]:
    point = {"Timestamp": "2026-11-23T20:00:00Z", "Unit": "Count", **statistics}
    return {"Label": label, "Datapoints": [point]}


def test_get_metric_statistics_answers_may_stand_in_one_list() -> None:
    answers = [datapoints(VISIBLE, Maximum=9, Average=5), datapoints(NOT_VISIBLE, Maximum=2)]
    assert parse_depth(json.dumps(answers), "e").depths == [QueueDepth(5, 2)]


def test_times_may_be_seconds_since_1970() -> None:
    points = [{"Timestamp": 1795464000.0 + 60 * i, "Average": i} for i in (1, 0)]
    trace = parse_depth(json.dumps({"Label": VISIBLE, "Datapoints": points}), "e")
    assert list(trace.times_ms) == [0, 60_000]
    assert trace.depths == [QueueDepth(0), QueueDepth(1)]


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (datapoints(VISIBLE), "a mapping with Average"),
        (datapoints(NOT_VISIBLE, Average=1), "the other counts alone"),
        ({"Label": VISIBLE, "Datapoints": [{"Timestamp": "noon", "Average": 1}]}, "'noon'"),
        ({"Label": VISIBLE, "Datapoints": [{"Timestamp": 1e20, "Average": 1}]}, "is 1e+20"),
        (datapoints(VISIBLE, Average=-1), "0 or more"),
    ],
)
def test_an_export_that_is_no_depth_is_refused(document: dict[str, Any], words: str) -> None:
    with pytest.raises(PlannerInputError) as raised:
        parse_depth(json.dumps(document), "export.json")
    assert words in str(raised.value)


def test_a_table_with_the_metrics_names_above_its_times_is_read() -> None:
    text = (
        "Full label,thumbnails\n"
        f"Label,{VISIBLE},{NOT_VISIBLE}\n"
        "Period,60,60\n"
        "2026/11/23 20:00:00,12.0,1.0\n"
        "2026/11/23 20:01:00,,3.0\n"
    )
    trace = parse_depth(text, "export.csv")
    assert list(trace.times_ms) == [0, 60_000]
    assert trace.depths == [QueueDepth(12, 1), QueueDepth(12, 3)]
