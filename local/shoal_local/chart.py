"""The picture of a run: the backlog, and the replicas that followed it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from shoal_local.observation import Sample

_WAITING: Final = "#9cc5e8"
_IN_FLIGHT: Final = "#1f6fb2"
_REPLICAS: Final = "#d9622b"
_INK: Final = "#22303c"
_FAINT: Final = "#8796a5"
_SIZE_INCHES: Final = (11.0, 6.2)
_MARGIN_INCHES: Final = 0.15
_DOTS_PER_INCH: Final = 160


def draw(
    samples: Sequence[Sample],
    path: Path,
    *,
    title: str,
    subtitle: str,
    fixed_replicas: int,
) -> None:
    """Write a PNG of the run; ``fixed_replicas`` is the fleet that would never scale.

    The folder is made if it is not there. Raises OSError where it cannot be written.
    """
    import matplotlib as mpl  # noqa: PLC0415 - a second of import that only a chart needs
    from matplotlib.figure import Figure  # noqa: PLC0415 - pyplot would look for a display
    from matplotlib.layout_engine import ConstrainedLayoutEngine  # noqa: PLC0415

    with mpl.rc_context({"font.size": 13, "text.color": _INK, "axes.labelcolor": _INK}):
        layout = ConstrainedLayoutEngine(w_pad=_MARGIN_INCHES, h_pad=_MARGIN_INCHES)
        figure = Figure(figsize=_SIZE_INCHES, layout=layout)
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
        _draw_backlog(above, samples)
        _draw_replicas(below, samples, fixed_replicas)
        above.set_title(title, loc="left", fontsize=19, fontweight="bold", pad=30)
        above.text(0, 1.04, subtitle, transform=above.transAxes, color=_FAINT, fontsize=13)
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, format="png", dpi=_DOTS_PER_INCH, facecolor="white")


def _draw_backlog(axes: Any, samples: Sequence[Sample]) -> None:
    at_s = [sample.at_s for sample in samples]
    in_flight = [sample.in_flight for sample in samples]
    backlog = [sample.backlog for sample in samples]
    axes.fill_between(at_s, in_flight, backlog, color=_WAITING, linewidth=0, label="waiting")
    axes.fill_between(at_s, 0, in_flight, color=_IN_FLIGHT, linewidth=0, label="in flight")
    axes.set_ylabel("messages")
    axes.set_ylim(0, max([*backlog, 1]) * 1.1)
    axes.legend(loc="upper right", frameon=False)
    _plain(axes)


def _draw_replicas(axes: Any, samples: Sequence[Sample], fixed_replicas: int) -> None:
    at_s = [sample.at_s for sample in samples]
    replicas = [sample.replicas for sample in samples]
    ready = [sample.ready for sample in samples]
    axes.fill_between(at_s, replicas, step="post", color=_REPLICAS, alpha=0.25, linewidth=0)
    axes.step(at_s, replicas, where="post", color=_REPLICAS, linewidth=2.5, label="replicas")
    axes.step(at_s, ready, where="post", color=_INK, linewidth=1, linestyle=":", label="ready")
    axes.axhline(fixed_replicas, color=_FAINT, linewidth=1, linestyle="--")
    axes.annotate(
        "a fixed fleet of the maximum",
        (at_s[-1], fixed_replicas),
        xytext=(0, 4),
        textcoords="offset points",
        ha="right",
        va="bottom",
        color=_FAINT,
        fontsize=11,
    )
    axes.set_ylabel("replicas")
    axes.set_xlabel("seconds")
    axes.set_ylim(0, max([*replicas, fixed_replicas]) * 1.45)  # room for the legend
    axes.set_xlim(at_s[0], at_s[-1])
    axes.yaxis.get_major_locator().set_params(integer=True)
    axes.legend(loc="upper left", frameon=False, ncols=2)
    _plain(axes)


def _plain(axes: Any) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#e3e8ec", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(colors=_INK)
