"""Print the versions of requirements.lock, without hashes, as constraints.

pip cannot install this repository itself (editable, so without a hash) in the same call as
hashed requirements, and that is what ``pulumi install`` asks of it; so that path takes the
versions alone.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PINNED = re.compile(r"^([A-Za-z0-9._-]+==[^\s\\]+(?: ; [^\\]+?)?)\s*\\?$", re.MULTILINE)


def constraints(lock: str) -> str:
    """Return one ``name==version [; marker]`` a line, in the order of the lock."""
    pins = "\n".join(PINNED.findall(lock))
    return f"# The versions of requirements.lock: `make lock` writes both.\n{pins}\n"


if __name__ == "__main__":
    sys.stdout.write(constraints((ROOT / "requirements.lock").read_text()))
