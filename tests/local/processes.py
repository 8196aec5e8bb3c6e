"""Whether a process of a test's own still runs, and what it has started."""

import os
import subprocess
from pathlib import Path

_STATES = Path("/proc")


def is_running(pid: int) -> bool:
    """Say whether the process runs; one that is dead and waits to be reaped does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    if not _STATES.exists():
        return True
    state = _state(pid)
    return state is not None and state[0] != "Z"


def children_of(pid: int) -> list[int]:
    """Return the processes that it has started and that still run."""
    if not _STATES.exists():
        listed = subprocess.run(
            ["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False
        )
        return [int(line) for line in listed.stdout.split()]
    everyone = [int(entry.name) for entry in _STATES.iterdir() if entry.name.isdigit()]
    return [other for other in everyone if _parent(other) == pid and is_running(other)]


def _parent(pid: int) -> int | None:
    state = _state(pid)
    return None if state is None else int(state[1])


def _state(pid: int) -> list[str] | None:
    """Return the fields from the state on: "pid (name) state ppid …", names hold anything."""
    try:
        return (_STATES / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
