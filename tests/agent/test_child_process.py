"""A handler's own process, seen from the parent's end of the socket."""

import json
import logging
import socket
import subprocess
import sys
from pathlib import Path


def test_a_child_whose_parent_is_gone_before_it_is_ready_ends_without_a_complaint(
    tmp_path: Path,
) -> None:
    """An agent killed while it started left the traceback of a broken pipe in the log.

    Cause: the child answered that it was ready to a socket nobody held. Expected: the parent's
    end closing is the order to stop, at any moment.
    """
    (tmp_path / "work.py").write_text("def handle(message):\n    pass\n")
    ours, theirs = socket.socketpair()
    child = subprocess.Popen(
        [sys.executable, "-m", "shoal_agent.runners.child", str(theirs.fileno())],
        cwd=tmp_path,
        pass_fds=[theirs.fileno()],
        stderr=subprocess.PIPE,
    )
    theirs.close()
    order = {
        "path": [str(tmp_path), *sys.path],
        "log_level": logging.INFO,
        "handler": "work:handle",
        "middleware": [],
        "sync_only": False,
    }
    ours.sendall(json.dumps(order).encode() + b"\n")
    ours.close()
    _, complaint = child.communicate(timeout=60)
    assert (child.returncode, complaint) == (0, b"")
