"""A queue's depth out of CloudWatch: what its command line and its console export.

Three forms are read, told apart by what they hold:

- `aws cloudwatch get-metric-data`: `MetricDataResults` of one or more metrics;
- `aws cloudwatch get-metric-statistics`: `Label` and `Datapoints` of one metric;
- a table (the console's CSV): a row that names the metrics, then rows that begin with a time.

SQS publishes once a minute, so a replay sees a queue minute by minute, where KEDA and the HPA
see it as it is at each question: bursts shorter than a minute are lost. Seconds count from the
export's first datapoint.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from shoal_planner.depth_trace import DepthTrace
from shoal_planner.planner_input_error import PlannerInputError
from shoal_planner.queue_depth import QueueDepth

METRICS = {
    "ApproximateNumberOfMessagesVisible": "visible",
    "ApproximateNumberOfMessagesNotVisible": "in_flight",
    "ApproximateNumberOfMessagesDelayed": "delayed",
}
_STATISTICS = ("Average", "Maximum", "Minimum", "Sum")

_Series = dict[str, dict[datetime, int]]  # count -> time -> messages


def holds_sqs_metrics(rows: Sequence[Sequence[str]]) -> bool:
    """Say whether a table names one of the queue's metrics in a cell."""
    return any(_count(cell) is not None for row in rows[:50] for cell in row)


def depth_trace_from_json(document: Any, name: str) -> DepthTrace:
    """Return the depths in the answer of one of the two commands, or in a list of answers."""
    series: _Series = {}
    for answer in document if isinstance(document, list) else [document]:
        if not isinstance(answer, Mapping):
            continue
        for result in _list(answer, "MetricDataResults", name):
            _read_result(result, series, name)
        _read_datapoints(answer, series, name)
    return _trace(series, name)


def depth_trace_from_table(rows: Sequence[Sequence[str]], name: str) -> DepthTrace:
    """Return the depths in a table whose columns are metrics."""
    series: _Series = {}
    columns: dict[int, str] = {}
    for line, row in enumerate(rows, start=1):
        named = {index: count for index, cell in enumerate(row) if (count := _count(cell))}
        if named:
            columns = columns or named
            continue
        time = _try_time(row[0]) if row else None
        if time is None:
            continue
        for index, count in columns.items():
            if index < len(row) and row[index].strip():
                messages = _messages(row[index], f"{name} line {line}")
                series.setdefault(count, {})[time] = messages
    return _trace(series, name)


def _list(answer: Mapping[str, Any], key: str, name: str) -> list[Any]:
    values = answer.get(key) or []
    if not isinstance(values, list):
        raise PlannerInputError(f"{key} in {name}", values, allowed="a list, as AWS writes it")
    return values


def _read_result(result: object, series: _Series, name: str) -> None:
    if not isinstance(result, Mapping):
        allowed = "a mapping with Label, Timestamps and Values, as AWS writes it"
        raise PlannerInputError(f"a result in {name}", result, allowed=allowed)
    count = _count(str(result.get("Label", ""))) or _count(str(result.get("Id", "")))
    if count is None:
        return
    times, values = _list(result, "Timestamps", name), _list(result, "Values", name)
    for time, value in zip(times, values, strict=False):
        messages = _messages(value, f"a value in {name}")
        series.setdefault(count, {})[_time(time, name)] = messages


def _read_datapoints(answer: Mapping[str, Any], series: _Series, name: str) -> None:
    count = _count(str(answer.get("Label", "")))
    if count is None:
        return
    for datapoint in _list(answer, "Datapoints", name):
        known = datapoint if isinstance(datapoint, Mapping) else {}
        statistic = next((key for key in _STATISTICS if key in known), None)
        if statistic is None:
            allowed = f"a mapping with {' or '.join(_STATISTICS)}, as AWS writes it"
            raise PlannerInputError(f"a datapoint in {name}", datapoint, allowed=allowed)
        time = _time(known.get("Timestamp"), name)
        series.setdefault(count, {})[time] = _messages(known[statistic], f"a datapoint in {name}")


def _count(label: str) -> str | None:
    return next((count for metric, count in METRICS.items() if metric in label), None)


def _messages(value: object, where: str) -> int:
    try:
        number = float(str(value))
    except ValueError:
        number = -1.0
    if not 0 <= number < float("inf"):
        raise PlannerInputError(where, value, allowed="a number of messages, 0 or more")
    return round(number)


def _time(value: object, name: str) -> datetime:
    time = _try_epoch(value) if isinstance(value, int | float) else _try_time(str(value))
    if time is None:
        allowed = "timestamps such as 2026-11-23T20:00:00Z, or seconds since 1970"
        raise PlannerInputError(f"a timestamp in {name}", value, allowed=allowed)
    return time


def _try_epoch(seconds: float) -> datetime | None:
    """Read what `cli_timestamp_format = none` writes."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _try_time(text: str) -> datetime | None:
    text = text.strip()
    if len(text) < len("2026-11-23"):
        return None
    try:
        time = datetime.fromisoformat(text.replace("/", "-"))  # the console writes 2026/11/23
    except ValueError:
        return None
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def _trace(series: _Series, name: str) -> DepthTrace:
    if "visible" not in series:
        raise PlannerInputError(
            "--depth",
            name,
            allowed="an export with datapoints of ApproximateNumberOfMessagesVisible",
            why=(
                "the other counts alone are not a backlog"
                if series
                else "it has none with a time such as 2026-11-23T20:00:00Z"
            ),
        )
    times = sorted({time for values in series.values() for time in values})
    latest = dict.fromkeys(METRICS.values(), 0)
    depths = []
    for time in times:
        latest.update({count: values[time] for count, values in series.items() if time in values})
        depths.append(QueueDepth(**latest))
    times_ms = [round((time - times[0]).total_seconds() * 1000) for time in times]
    return DepthTrace(times_ms, depths)
