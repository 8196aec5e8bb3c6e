"""The stack program on a laptop: AWS in moto, the fleet as local processes.

Public is ``shoal_local.testing``, which evaluates a Pulumi program in a test; the rest is what
the command ``shoal-local`` is made of.
"""

from __future__ import annotations

import importlib
from typing import Any

__all__ = ["testing"]


def __getattr__(name: str) -> Any:
    """Import a public module when it is first asked for: Pulumi's SDK takes its time."""
    if name in __all__:
        return importlib.import_module(f"shoal_local.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
