"""What is shown while the fleet works: a view that redraws itself, or plain lines.

A terminal gets the view. Anything else (a file, a CI log) gets a line every few seconds.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, Protocol, Self

from rich.console import Group
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from rich.console import Console, RenderableType

    from shoal_local.observation import Observation, Sample

PLAIN_PERIOD_S: Final = 3.0
_REDRAWS_A_SECOND: Final = 4
_BARS: Final = " ▁▂▃▄▅▆▇█"
_SPARKLINE_WIDTH: Final = 48
_PANEL_WIDTH: Final = 78


class View(Protocol):
    """Shows a run; a context that ends with its last state on the screen."""

    def __enter__(self) -> Self:
        """Begin to show."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Show no more."""

    def phase(self, text: str) -> None:
        """Say what is being done now."""

    def progress(self, done: int, total: int) -> None:
        """Say how far the phase is."""

    def sample(self, observation: Observation, *, expected: int) -> None:
        """Show the newest sample; ``expected`` messages are to be brought to an end."""


def view_on(console: Console) -> View:
    """Return the view that suits where the output goes."""
    return LiveView(console) if console.is_terminal else PlainView(console)


class PlainView:
    """One line every few seconds."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._next_s = 0.0
        self._next_progress_s = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End without another word."""

    def phase(self, text: str) -> None:
        """Print the phase."""
        self._console.print(text, highlight=False)
        self._next_progress_s = time.monotonic() + PLAIN_PERIOD_S

    def progress(self, done: int, total: int) -> None:
        """Print how far the phase is, if the last line is old enough."""
        if time.monotonic() >= self._next_progress_s:
            self._next_progress_s = time.monotonic() + PLAIN_PERIOD_S
            self._console.print(f"  {done} of {total}", highlight=False)

    def sample(self, observation: Observation, *, expected: int) -> None:
        """Print the sample if the last line is old enough."""
        latest = observation.latest
        if latest.at_s < self._next_s:
            return
        self._next_s = latest.at_s + PLAIN_PERIOD_S
        self._console.print(plain_line(observation, expected), highlight=False, soft_wrap=True)


class LiveView:
    """A panel that redraws itself in place."""

    def __init__(self, console: Console) -> None:
        self._name = ""
        self._phase = Text("")
        self._panel: RenderableType = Text("")
        self._live = Live(
            console=console, refresh_per_second=_REDRAWS_A_SECOND, get_renderable=self._render
        )

    def __enter__(self) -> Self:
        self._live.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._phase = Text("")
        self._live.__exit__(kind, error, trace)

    def phase(self, text: str) -> None:
        """Show the phase under the panel."""
        self._name = text
        self._phase = Text(text, style="bold")

    def progress(self, done: int, total: int) -> None:
        """Show how far the phase is beside its name."""
        self._phase = Text(f"{self._name}: {done} of {total}", style="bold")

    def sample(self, observation: Observation, *, expected: int) -> None:
        """Show the sample in the panel."""
        self._panel = panel(observation, expected)

    def _render(self) -> RenderableType:
        return Group(self._panel, self._phase)


def plain_line(observation: Observation, expected: int) -> str:
    """Return the newest sample as one line."""
    latest = observation.latest
    ended = latest.done + latest.rejected
    of = f" of {expected}" if expected else ""
    return (
        f"{latest.at_s:5.0f} s  backlog {latest.backlog} ({latest.in_flight} in flight)  "
        f"replicas {latest.replicas} ({latest.ready} ready)  done {latest.done}  "
        f"rejected {latest.rejected}  ended {ended}{of}  "
        f"{observation.rate_per_s:.1f}/s  oldest {_age(latest)}"
    )


def panel(observation: Observation, expected: int) -> Panel:
    """Return the whole view of a run so far."""
    latest, samples = observation.latest, observation.samples
    numbers = Table.grid(padding=(0, 2), expand=True)
    for _ in range(2):
        numbers.add_column(justify="right", style="dim")
        numbers.add_column(ratio=1)
    numbers.add_row("backlog", _number(latest.backlog), "done", _number(latest.done, "green"))
    numbers.add_row(
        "in flight", _number(latest.in_flight), "rejected", _number(latest.rejected, "yellow")
    )
    numbers.add_row(
        "replicas",
        Text(f"{latest.replicas} ({latest.ready} ready)", style="bold"),
        "rate",
        Text(f"{observation.rate_per_s:.1f} a second", style="bold"),
    )
    numbers.add_row("oldest message", Text(_age(latest)), "elapsed", Text(f"{latest.at_s:.0f} s"))
    parts: list[RenderableType] = [numbers, Text("")]
    if expected:
        parts += [_progress(latest, expected), Text("")]
    history = Table.grid(padding=(0, 2))
    history.add_column(justify="right", style="dim", min_width=14)
    history.add_row("backlog", _sparkline([sample.backlog for sample in samples], "blue"))
    history.add_row("replicas", _sparkline([sample.replicas for sample in samples], "dark_orange"))
    return Panel(Group(*parts, history), title="fleet", width=_PANEL_WIDTH, title_align="left")


def sparkline(values: Sequence[int], width: int = _SPARKLINE_WIDTH) -> str:
    """Draw a series as one line of bars, the highest value in each slice of it."""
    highest = max(values, default=0)
    if highest == 0:
        return _BARS[0] * min(width, len(values))
    slices = [
        values[start : max(start + 1, end)]
        for start, end in _slices(len(values), min(width, len(values)))
    ]
    steps = len(_BARS) - 1
    return "".join(_BARS[-(-max(part) * steps // highest)] for part in slices)


def _slices(length: int, count: int) -> list[tuple[int, int]]:
    return [(turn * length // count, (turn + 1) * length // count) for turn in range(count)]


def _sparkline(values: Sequence[int], style: str) -> Text:
    return Text.assemble((sparkline(values), style), (f"  most {max(values)}", "dim"))


def _progress(latest: Sample, expected: int) -> Table:
    ended = latest.done + latest.rejected
    row = Table.grid(padding=(0, 2))
    row.add_column(justify="right", style="dim", min_width=14)
    row.add_row(
        "ended",
        ProgressBar(total=expected, completed=ended, width=_SPARKLINE_WIDTH - 4),
        f"{ended}/{expected}",
    )
    return row


def _number(value: int, style: str = "") -> Text:
    return Text(str(value), style=f"bold {style}".strip())


def _age(sample: Sample) -> str:
    return "none" if sample.oldest_s is None else f"{sample.oldest_s:.0f} s"
