"""Whether a process of a test's own still runs."""

import os
from pathlib import Path

_STATES = Path("/proc")


def is_running(pid: int) -> bool:
    """Say whether the process runs; one that is dead and waits to be reaped does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:
        # "pid (name) state …", and a name may hold spaces and parentheses.
        return (_STATES / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return not _STATES.exists()
