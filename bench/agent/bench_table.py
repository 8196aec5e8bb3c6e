"""The figures side by side."""

from collections.abc import Sequence

from rich import box
from rich.table import Table

from bench.agent.goals import Row
from bench.agent.image_size import ImageSize
from bench.agent.measurements import Load

_CAPTION = (
    "ms/1k: CPU time for 1,000 messages; start: from a fresh process to its first receive; "
    "server: how busy it was at most, on a core of its own"
)


def consumer_table(rows: Sequence[Row]) -> Table:
    """Return a line for each consumer, the agent first."""
    title = "One core, no-op handler, 512 B bodies, whole process tree"
    table = Table(title=title, caption=_CAPTION, caption_justify="left", box=box.SIMPLE)
    table.add_column("", no_wrap=True)
    for heading in ("msg/s", "ms/1k", "TLS msg/s", "TLS ms/1k", "req/msg"):
        table.add_column(heading, justify="right")
    for heading in ("MB idle", "MB load", "TLS MB load", "start ms", "server"):
        table.add_column(heading, justify="right")
    for row in rows:
        plain, tls = row.loads.values()
        table.add_row(
            row.name,
            *_speed(plain),
            *_speed(tls),
            f"{plain.requests_per_message:.2f}",
            f"{row.rest.rss_mb:.0f}",
            f"{plain.rss_mb:.0f}",
            f"{tls.rss_mb:.0f}",
            f"{row.rest.first_receive_ms:.0f}",
            f"{max(plain.server_busy, tls.server_busy):.0%}",
        )
    return table


def image_table(sizes: Sequence[ImageSize]) -> Table:
    """Return a line for each image."""
    table = Table("", title="Files of the image, MB", box=box.SIMPLE)
    for heading in ("installed", "runtime", "together"):
        table.add_column(heading, justify="right")
    for size in sizes:
        figures = (size.layer_mb, size.runtime_mb, size.total_mb)
        table.add_row(size.name, *(f"{figure:.0f}" for figure in figures))
    return table


def _speed(load: Load) -> tuple[str, str]:
    return f"{load.messages_per_s:,.0f}", f"{load.cpu_ms_per_1000:.0f}"
