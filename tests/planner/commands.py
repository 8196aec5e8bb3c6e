"""`shoal-plan` as tests call it, and the fleet they call it for."""

from typing import Any

import pytest

from shoal_planner.cli import main

FLEET: dict[str, Any] = {
    "name": "thumbnails",
    "handler": "my_module:handle",
    "concurrency": 4,
    "latencyGoal": "60s",
    "processingTime": "2s",
    "peakRate": 5,
}
SHORT = ("--duration", "2h", "--arrivals", "bursts")
SIZE = ("size", "--latency-goal", "60s", "--processing-time", "2s", "--peak-rate", "50")


def run(capsys: pytest.CaptureFixture[str], *args: str) -> str:
    """Return what a command prints that succeeds."""
    assert main(args) == 0
    return capsys.readouterr().out


def refusal(capsys: pytest.CaptureFixture[str], *args: str) -> str:
    """Return the one line that a command says where it refuses."""
    assert main(args) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("shoal-plan: ")
    assert captured.err.count("\n") == 1
    return captured.err
