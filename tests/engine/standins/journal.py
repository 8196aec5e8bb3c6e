"""The order in which the stand-ins made and deleted things, for tests to assert on."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

JOURNAL_VARIABLE = "STANDINS_JOURNAL"


@dataclass(frozen=True)
class Entry:
    """One finished operation: what was done, and the URN it was done to."""

    operation: str
    urn: str


def write(operation: str, urn: str) -> None:
    """Append one operation; several plugins append to one file, each line in one write."""
    line = json.dumps(asdict(Entry(operation, urn))) + "\n"
    handle = os.open(os.environ[JOURNAL_VARIABLE], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.write(handle, line.encode())
    finally:
        os.close(handle)


def read(path: Path) -> list[Entry]:
    """Return the operations in the order they ended, oldest first; none without a file."""
    if not path.exists():
        return []
    return [Entry(**json.loads(line)) for line in path.read_text().splitlines()]
