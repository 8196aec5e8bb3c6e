"""When a process that runs handlers has done enough and should be replaced by a fresh one.

A handler that leaks costs memory slowly; a new process is the cure that needs no diagnosis.
A child is replaced between two messages; an agent that runs handlers in its own process
drains and exits with 0, for Kubernetes to start it again.
"""

import os
from pathlib import Path

from shoal_agent.settings import Settings


def why_spent(settings: Settings, *, handled: int, pid: int) -> str | None:
    """Return why the process is to be replaced, None if it is not."""
    if 0 < settings.recycle_messages <= handled:
        return f"it has handled {handled} messages"
    if settings.recycle_rss_mb > 0 and (size_mb := resident_mb(pid)) > settings.recycle_rss_mb:
        return f"it has grown to {size_mb:.0f} MB, more than {settings.recycle_rss_mb}"
    return None


def resident_mb(pid: int) -> float:
    """Return how much memory a process takes, 0 where the system does not say."""
    try:
        pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
    except (OSError, IndexError):
        return 0.0
    return int(pages) * os.sysconf("SC_PAGE_SIZE") / 2**20
