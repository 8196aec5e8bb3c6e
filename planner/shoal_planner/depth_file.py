"""Reading a recorded queue: Shoal's own CSV, or an export from CloudWatch.

The CSV has the header `seconds,visible,in_flight,delayed`; `in_flight` and `delayed` may be
absent (0). An empty `visible`, or the word `error`, is a time when the queue could not be read.
"""

import json
from collections.abc import Sequence
from pathlib import Path

from shoal_planner.cloudwatch_export import (
    depth_trace_from_json,
    depth_trace_from_table,
    holds_sqs_metrics,
)
from shoal_planner.depth_trace import DepthTrace
from shoal_planner.document_file import read_text, table_rows
from shoal_planner.milliseconds import parse_seconds_ms
from shoal_planner.planner_input_error import PlannerInputError
from shoal_planner.queue_depth import QueueDepth

_COLUMNS = ("seconds", "visible", "in_flight", "delayed")
_ERROR_WORDS = ("", "error")


def read_depth_file(path: Path) -> DepthTrace:
    """Return the depths in a file; raise PlannerInputError, with the line, where it is wrong."""
    return parse_depth(read_text(path, "--depth"), str(path))


def parse_depth(text: str, name: str) -> DepthTrace:
    """Return the depths in a text; `name` is what messages call it."""
    if text.lstrip()[:1] in ("{", "["):
        try:
            return depth_trace_from_json(json.loads(text), name)
        except json.JSONDecodeError as error:
            why = f"line {error.lineno} is not JSON ({error.msg})"
            raise PlannerInputError("--depth", name, allowed="CSV or JSON", why=why) from None
        except RecursionError:
            raise PlannerInputError("--depth", name, allowed="an export from CloudWatch") from None
    rows = table_rows(text, "--depth", name)
    if holds_sqs_metrics(rows):
        return depth_trace_from_table(rows, name)
    return _own_trace(rows, name)


def _own_trace(rows: Sequence[Sequence[str]], name: str) -> DepthTrace:
    header = [cell.strip().lower() for cell in rows[0]] if rows else []
    if not _is_header(header):
        raise PlannerInputError(
            f"the header of {name}",
            ",".join(rows[0]) if any(header) else None,
            allowed=f"{','.join(_COLUMNS)} (the last two may be absent), or a CloudWatch export",
        )
    times_ms: list[int] = []
    depths: list[QueueDepth | None] = []
    for line, row in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in row):
            continue
        where = f"{name} line {line}"
        cells = _cells(header, row, where)
        time_ms = parse_seconds_ms(f"seconds in {where}", cells["seconds"])
        if times_ms and time_ms < times_ms[-1]:
            allowed = "not less than in the line before"
            raise PlannerInputError(f"seconds in {where}", cells["seconds"], allowed=allowed)
        times_ms.append(time_ms)
        depths.append(_depth(cells, where))
    if not times_ms:
        raise PlannerInputError("--depth", name, allowed="one row or more below the header")
    return DepthTrace(times_ms, depths)


def _is_header(columns: Sequence[str]) -> bool:
    known = set(columns)
    return {"seconds", "visible"} <= known <= set(_COLUMNS) and len(known) == len(columns)


def _cells(header: Sequence[str], row: Sequence[str], where: str) -> dict[str, str]:
    if len(row) != len(header):
        allowed = f"{len(header)} cells, as in the header"
        raise PlannerInputError(where, ",".join(row), allowed=allowed)
    return {column: cell.strip() for column, cell in zip(header, row, strict=True)}


def _depth(cells: dict[str, str], where: str) -> QueueDepth | None:
    if cells["visible"].lower() in _ERROR_WORDS:
        return None
    return QueueDepth(
        visible=_messages("visible", cells, where),
        in_flight=_messages("in_flight", cells, where),
        delayed=_messages("delayed", cells, where),
    )


def _messages(column: str, cells: dict[str, str], where: str) -> int:
    text = cells.get(column, "")
    if text == "":
        return 0
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not (number >= 0 and number.is_integer()):
        allowed = "a whole number of messages, 0 or more"
        raise PlannerInputError(f"{column} in {where}", text, allowed=allowed)
    return int(number)
