"""Every recording of a real KEDA and HPA, replayed by the command, change by change.

A recording is a folder: `scaledobject.yaml`, `depth.csv`, the `replicas.csv` that came of them,
and `meta.json` with the offsets of the two loops and how it was made (tests/cluster makes more).
Replicas must agree in sequence, and in time to within 3 s. The HPA's real period is some
milliseconds longer than 15 s, so a sync that would tie with a poll slips behind it after a
while. Replayed with that period every recording must agree; on the exact grid, every one in
which no such tie decides what happens.
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
REAL_PERIOD = "15.015"
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


def replayed(recording: Path, capsys: pytest.CaptureFixture[str], period: str) -> Course:
    """Return what the command says of a recording's inputs."""
    meta = json.loads((recording / "meta.json").read_text())
    files = ("--scaledobject", recording / "scaledobject.yaml", "--depth", recording / "depth.csv")
    names = ("initial_replicas", "first_poll", "first_sync", "until")
    options = [f"--{name.replace('_', '-')}={meta[name]}" for name in names]
    assert main(["replay", *map(str, files), *options, f"--sync-period={period}"]) == 0
    return course(capsys.readouterr().out.splitlines())


def assert_agree(replayed: Course, recording: Path) -> None:
    recorded = course((recording / "replicas.csv").read_text().splitlines())
    for ours, real in zip_longest(replayed, recorded):
        assert ours is not None, f"replayed {replayed}, recorded {recorded}"
        assert real is not None, f"replayed {replayed}, recorded {recorded}"
        assert ours[1] == real[1], f"replayed {replayed}, recorded {recorded}"
        assert abs(ours[0] - real[0]) <= TOLERANCE_S, f"replayed {ours}, recorded {real}"


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda path: str(path.name))
def test_the_replay_with_the_real_period_agrees_with_the_recording(
    recording: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert_agree(replayed(recording, capsys, REAL_PERIOD), recording)


@pytest.mark.parametrize(
    "recording",
    [each for each in RECORDINGS if each.name not in DECIDED_BY_A_TIE],
    ids=lambda path: str(path.name),
)
def test_the_replay_on_the_exact_grid_agrees_with_the_recording(
    recording: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert_agree(replayed(recording, capsys, "15"), recording)
