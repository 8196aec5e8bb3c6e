"""Whether ``shoal-plan replay`` tells what a recording shows."""

import json
import subprocess
import sys
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path

from tests.planner.test_recordings import TOLERANCE_S, course

Change = tuple[float, int]


def recorded(folder: Path) -> list[Change]:
    """Return what a recording's replicas did."""
    return course((folder / "replicas.csv").read_text().splitlines())


def replayed(folder: Path) -> list[Change]:
    """Return what the planner says of a recording's inputs, by its command."""
    meta = json.loads((folder / "meta.json").read_text())
    command = [sys.executable, "-m", "shoal_planner", "replay"]
    command += ["--scaledobject", str(folder / "scaledobject.yaml")]
    command += ["--depth", str(folder / "depth.csv")]
    for option in ("initial_replicas", "first_poll", "first_sync", "until"):
        command += [f"--{option.replace('_', '-')}", str(meta[option])]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return course(done.stdout.splitlines())


def disagreement(ours: Sequence[Change], theirs: Sequence[Change]) -> str | None:
    """Return the first change in which two courses differ, or None."""
    for mine, real in zip_longest(ours, theirs):
        if mine is None or real is None or mine[1] != real[1]:
            return f"replayed {mine}, recorded {real}"
        if abs(mine[0] - real[0]) > TOLERANCE_S:
            return f"replayed {mine}, recorded {real}: more than {TOLERANCE_S:g} s apart"
    return None


def main() -> int:
    """Compare the recordings in the folders that are given; 1 where one differs."""
    differing = 0
    for folder in map(Path, sys.argv[1:]):
        found = disagreement(replayed(folder), recorded(folder))
        differing += found is not None
        sys.stdout.write(f"{folder.name}: {'agrees' if found is None else found}\n")
    return int(differing > 0)


if __name__ == "__main__":
    sys.exit(main())
