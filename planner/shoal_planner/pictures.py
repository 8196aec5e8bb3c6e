"""Pictures of simulations: PNG or SVG by matplotlib, which `shoal[local]` brings.

Colours are from Okabe and Ito's palette, which people who see fewer colours can tell apart.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from shoal_planner.comparison import Outcome
from shoal_planner.document_file import check_folder
from shoal_planner.planner_input_error import PlannerInputError
from shoal_planner.simulation import Look, SimulationResult

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BLUE, ORANGE, GREEN, RED, PURPLE = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7"
PALETTE = (BLUE, ORANGE, GREEN, PURPLE, RED)
WIDTH_IN, HEIGHT_IN, DPI = 8.0, 4.2, 110
HOUR_MS = 3_600_000
FORMATS = (".png", ".svg")
LEAST_DRAWN_WAIT_S = 0.5  # a logarithm has no place for a wait of nothing
FURTHEST_GOALS = 100  # a policy that misses the goal a hundredfold is off the picture


def check_picture(path: Path | None) -> None:
    """Raise PlannerInputError where a picture could not be drawn, before hours are simulated."""
    if path is None:
        return
    check_folder(path, "--picture")
    if path.suffix.lower() not in FORMATS:
        raise PlannerInputError("--picture", str(path), allowed="a file name in .png or .svg")
    if find_spec("matplotlib") is None:
        raise PlannerInputError(
            "--picture",
            str(path),
            allowed="no picture",
            why="drawing needs matplotlib, which is not installed",
            fix="pip install 'shoal[local]'",
        )


@contextmanager
def figure(path: Path, *, rows: int = 1, height_in: float = HEIGHT_IN) -> Iterator["list[Axes]"]:
    """Give the axes of a figure, one below the other with one x axis, and write the file after."""
    check_picture(path)
    import matplotlib as mpl  # noqa: PLC0415 - only pictures need it
    from matplotlib.figure import Figure  # noqa: PLC0415

    mpl.rcParams["svg.hashsalt"] = "shoal"
    drawn = Figure(figsize=(WIDTH_IN, height_in), layout="constrained")
    grid = drawn.subplots(rows, 1, sharex=True, squeeze=False)
    axes = [row[0] for row in grid]
    yield axes
    for each in axes:
        each.grid(visible=True, alpha=0.25)
        each.spines[["top", "right"]].set_visible(False)
    drawn.savefig(path, dpi=DPI, metadata={"Date": None} if path.suffix == ".svg" else None)


def draw_timeline(result: SimulationResult, path: Path) -> None:
    """Draw backlog above replicas over time."""
    with figure(path, rows=2) as (backlog, replicas):
        looks = result.timeline
        hours = [look.at_ms / HOUR_MS for look in looks]
        visible = [look.visible for look in looks]
        backlog.fill_between(hours, visible, step="post", color=ORANGE, alpha=0.5, label="visible")
        backlog.step(hours, _backlog(looks), where="post", color=RED, lw=1, label="with in flight")
        backlog.set_ylabel("messages")
        backlog.legend(loc="upper right", frameon=False)
        wanted = [look.replicas for look in looks]
        replicas.step(hours, wanted, where="post", color=BLUE, lw=1.4, label="wanted")
        ready = [look.ready for look in looks]
        replicas.step(hours, ready, where="post", color=GREEN, lw=1, label="ready")
        replicas.set_ylabel("replicas")
        replicas.set_xlabel("hours")
        replicas.set_ylim(bottom=0)
        replicas.legend(loc="upper right", frameon=False)
        p50_s, p99_s = result.waits.percentiles_s(50, 99)
        hours_paid = f"{result.replica_s / 3600:.0f} replica hours"
        backlog.set_title(f"wait p50 {p50_s:.0f} s, p99 {p99_s:.0f} s; {hours_paid}", loc="left")


def draw_comparison(sweeps: Sequence[Sequence[Outcome]], goal_s: float, path: Path) -> None:
    """Draw every position of every policy: p99 wait across, cost a month upwards."""
    with figure(path) as (axes,):
        for colour, outcomes in zip(PALETTE, sweeps, strict=False):
            across = [max(each.p99_s, LEAST_DRAWN_WAIT_S) for each in outcomes]
            upwards = [each.cost for each in outcomes]
            axes.plot(across, upwards, "o", color=colour, ms=4, alpha=0.35)
            frontier = _frontier(outcomes)
            axes.plot(
                [max(each.p99_s, LEAST_DRAWN_WAIT_S) for each in frontier],
                [each.cost for each in frontier],
                "-o",
                drawstyle="steps-post",
                color=colour,
                ms=5,
                lw=1.5,
                label=outcomes[0].name,
            )
        axes.axvline(goal_s, color="0.4", ls="--", lw=1)
        axes.annotate(f" goal {goal_s:g} s", (goal_s, 0.97), xycoords=("data", "axes fraction"))
        axes.set_xscale("log")
        axes.set_xlim(LEAST_DRAWN_WAIT_S * 0.8, goal_s * FURTHEST_GOALS)
        axes.set_ylim(bottom=0)
        axes.set_xlabel(
            f"99th percentile of waits, seconds (at the left edge: {LEAST_DRAWN_WAIT_S} and less)"
        )
        axes.set_ylabel("$ a month, nodes and requests")
        axes.legend(loc="best", frameon=False)


def _frontier(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Return the outcomes that no other beats in both wait and cost, by wait."""
    frontier: list[Outcome] = []
    for each in sorted(outcomes, key=lambda outcome: (outcome.p99_s, outcome.cost)):
        if not frontier or each.cost < frontier[-1].cost:
            frontier.append(each)
    return frontier


def _backlog(looks: Sequence[Look]) -> list[int]:
    return [look.visible + look.in_flight for look in looks]
