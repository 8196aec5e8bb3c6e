"""Kubernetes quantities, as numbers that can be compared."""

import re

_SUFFIXES = {
    "": 1.0,
    "m": 1e-3,
    "k": 1e3,
    "M": 1e6,
    "G": 1e9,
    "T": 1e12,
    "Ki": 2.0**10,
    "Mi": 2.0**20,
    "Gi": 2.0**30,
    "Ti": 2.0**40,
}
_QUANTITY = re.compile(r"(\d+(?:\.\d+)?)(m|Ki|Mi|Gi|Ti|k|M|G|T|)")


def parse_quantity(text: str) -> float:
    """Return `250m` as 0.25 and `1Gi` as 1073741824; raise ValueError for anything else."""
    found = _QUANTITY.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return float(found[1]) * _SUFFIXES[found[2]]
