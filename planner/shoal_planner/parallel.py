"""The same work for many settings, on as many cores as asked for."""

from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

CHUNKS_PER_JOB = 8

Item = TypeVar("Item")
Answer = TypeVar("Answer")


def map_in_processes(
    work: Callable[[Item], Answer], items: Iterable[Item], *, jobs: int
) -> list[Answer]:
    """Return the work's answer for each item, in their order; in this process for one job."""
    listed = list(items)
    if jobs == 1 or len(listed) == 1:
        return [work(item) for item in listed]
    chunk = max(1, len(listed) // (jobs * CHUNKS_PER_JOB))
    with ProcessPoolExecutor(max_workers=jobs) as pool:
        return list(pool.map(work, listed, chunksize=chunk))
