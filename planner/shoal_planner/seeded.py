"""Chance that repeats: one seed is one run."""

from random import Random


def seeded(seed: int) -> Random:
    """Return a generator for a simulation; nothing here is a secret."""
    return Random(seed)  # noqa: S311
