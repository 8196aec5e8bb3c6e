"""A byte for each handled message, where the bench asks for the proof: BENCH_PROOF is a file."""

import os

_PATH = os.environ.get("BENCH_PROOF")
_FILE = None if _PATH is None else os.open(_PATH, os.O_WRONLY | os.O_CREAT | os.O_APPEND)


def handled(count: int = 1) -> None:
    """Note that so many messages were handled; without a file, do nothing."""
    if _FILE is not None:
        os.write(_FILE, b"." * count)
