"""Every recording of a real KEDA and HPA, replayed by the command, change by change.

A recording is a folder: `scaledobject.yaml`, `depth.csv`, the `replicas.csv` that came of them,
and `meta.json` with the offsets of the two loops and how it was made (tests/cluster makes more).
Replicas must agree in sequence, and in time to within 3 s.

A real sync comes some 15 ms later than 15 s after the one before, so one that starts just ahead
of a poll is soon just behind it. `first_sync` therefore belongs to the grid that lies amid the
real syncs. On that grid every recording agrees, to the tenth of a second; with the first sync
where it really was, every one agrees in which no tie decides what happens, and the others
agree once the period is the real one.
"""

import csv
import json
from itertools import zip_longest
from pathlib import Path

import pytest

from shoal_planner.cli import main

RECORDINGS = sorted(
    path.parent for path in (Path(__file__).parent / "recordings").glob("*/meta.json")
)
EXACT_PERIOD = "15"
REAL_PERIOD = "15.015"
# KEDA makes the HPA this long before its own first poll.
LEAD_S = 0.02
# In these KEDA wakes or ends a fleet, or notices a failure, at an instant that on the exact grid
# is also a sync's, and in the recording came some hundredths of a second before it.
DECIDED_BY_A_TIE = {
    "burst-and-tail",
    "cached-metrics",
    "fallback",
    "polled-every-5-s",
    "random-04",
    "random-10",
}
# In this one the syncs stayed ahead of the polls that they met.
HPA_AHEAD = "keda-2.21.0-first-of-all"
TOLERANCE_S = 3.0
INSTANT_S = 0.5
"""Shorter than this a state lasts no time: what KEDA does first, it does some 0.1 s after 0."""


Course = list[tuple[float, int]]


def course(lines: list[str]) -> Course:
    """Return seconds and replicas, without a first state that lasted no time."""
    rows = [(float(row["seconds"]), int(row["replicas"])) for row in csv.DictReader(lines)]
    if len(rows) > 1 and rows[1][0] < INSTANT_S:
        rows[:2] = [(0.0, rows[1][1])]
    return rows


def test_there_are_recordings_to_hold_the_model_to() -> None:
    assert RECORDINGS


def replayed(
    recording: Path, capsys: pytest.CaptureFixture[str], period: str, **given: float
) -> Course:
    """Return what the command says of a recording's inputs, or of others in their place."""
    meta = json.loads((recording / "meta.json").read_text()) | given
    files = ("--scaledobject", recording / "scaledobject.yaml", "--depth", recording / "depth.csv")
    names = ("initial_replicas", "first_poll", "first_sync", "until")
    options = [f"--{name.replace('_', '-')}={meta[name]}" for name in names]
    assert main(["replay", *map(str, files), *options, f"--sync-period={period}"]) == 0
    return course(capsys.readouterr().out.splitlines())


def in_meta(recording: Path, name: str) -> float:
    return float(json.loads((recording / "meta.json").read_text())[name])


def assert_agree(replayed: Course, recording: Path) -> None:
    recorded = course((recording / "replicas.csv").read_text().splitlines())
    for ours, real in zip_longest(replayed, recorded):
        assert ours is not None, f"replayed {replayed}, recorded {recorded}"
        assert real is not None, f"replayed {replayed}, recorded {recorded}"
        assert ours[1] == real[1], f"replayed {replayed}, recorded {recorded}"
        assert abs(ours[0] - real[0]) <= TOLERANCE_S, f"replayed {ours}, recorded {real}"


each_recording = pytest.mark.parametrize("recording", RECORDINGS, ids=lambda path: str(path.name))


@each_recording
@pytest.mark.parametrize("period", [EXACT_PERIOD, REAL_PERIOD])
def test_the_replay_agrees_with_the_recording(
    recording: Path, period: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert_agree(replayed(recording, capsys, period), recording)


@each_recording
def test_the_replay_agrees_where_the_offsets_are_given_to_a_tenth_of_a_second(
    recording: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tenths = {name: round(in_meta(recording, name), 1) for name in ("first_poll", "first_sync")}
    assert_agree(replayed(recording, capsys, EXACT_PERIOD, **tenths), recording)


@each_recording
def test_with_the_first_sync_as_it_was_only_a_tie_can_make_a_difference(
    recording: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first_sync = in_meta(recording, "first_poll") + 15 - LEAD_S
    if recording.name not in DECIDED_BY_A_TIE:
        ours = replayed(recording, capsys, EXACT_PERIOD, first_sync=first_sync)
        assert_agree(ours, recording)
    if recording.name != HPA_AHEAD:
        assert_agree(replayed(recording, capsys, REAL_PERIOD, first_sync=first_sync), recording)
