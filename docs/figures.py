# ruff: noqa: INP001 - a script beside the pages it writes, not a package
"""Make the pictures and the tables of the docs again: `make figures`.

Every picture and every number of docs/scaling.md comes from a function here that runs the
planner. Tables stand in the page between two comments; beside the pictures stands the
data they show, or its digest. A test computes both anew and compares.
"""

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

from shoal_planner.arrival_patterns import BIN_S, DAY_S, diurnal, draw, pattern
from shoal_planner.arrivals import Arrivals
from shoal_planner.comparison import Outcome, Trial, cheapest_within, sweep
from shoal_planner.contenders import contenders
from shoal_planner.fleet import Fleet
from shoal_planner.fleet_scaler import FleetScaler
from shoal_planner.fleet_scaling import FleetScaling
from shoal_planner.pictures import BLUE, GREEN, ORANGE, RED, draw_comparison, draw_timeline, figure
from shoal_planner.prices import default_prices
from shoal_planner.processing_time import ProcessingTime
from shoal_planner.scaled_object import ScaledObject
from shoal_planner.seeded import seeded
from shoal_planner.simulation import SimulationResult, simulate
from shoal_planner.sizing import FleetPlan, plan_fleet
from shoal_planner.tuning import Tuned, assess

HERE = Path(__file__).parent
PAGE = HERE / "scaling.md"
PICTURES = HERE / "pictures"
GOAL_S, PROCESSING_S, PEAK, CONCURRENCY = 60.0, 2.0, 50.0, 4
FLEET = Fleet(ProcessingTime(PROCESSING_S), concurrency=CONCURRENCY)
LOADS = ("diurnal", "bursts", "flash-crowd")
NIGHTS = (1.0, 0.75, 0.5, 0.25, 0.1, 0.02)
JOBS = 2

Courses = dict[str, list[tuple[float, int]]]


def plan(goal_s: float = GOAL_S) -> FleetPlan:
    """Size the fleet of all examples for a goal."""
    return plan_fleet(
        latency_goal_s=goal_s,
        processing_time_s=PROCESSING_S,
        peak_rate_per_s=PEAK,
        longest_job_s=60,
        concurrency=CONCURRENCY,
    )


def scaling(goal_s: float = GOAL_S) -> FleetScaling:
    """Return the settings that follow from a goal."""
    sized = plan(goal_s)
    return FleetScaling(sized.queue_length, sized.max_replica_count)


def trial(arrivals: Arrivals) -> Trial:
    """Return the terms of every comparison here."""
    return Trial(arrivals, FLEET, default_prices(), model="flow")


@cache
def load(name: str) -> Arrivals:
    """Return a day of a pattern."""
    return pattern(name, rate_per_s=PEAK, duration_s=DAY_S, rng=seeded(1))


@cache
def swept(name: str) -> list[list[Outcome]]:
    """Run every policy at every setting on a day of a pattern."""
    return sweep(trial(load(name)), scaling(), jobs=JOBS)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = ["| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *rows)]
    return "\n".join(lines)


def comparison_table(name: str) -> str:
    """Return each policy as written and at its cheapest within the goal."""
    rows = []
    for outcomes in swept(name):
        written, best = outcomes[0], cheapest_within(outcomes, GOAL_S)
        equal = f"**{best.setting}**: {_wait_and_cost(best)}" if best else "none keeps it"
        rows.append([written.name, f"{written.setting}: {_wait_and_cost(written)}", equal])
    return table(["policy", "as written", f"cheapest with p99 ≤ {GOAL_S:g} s"], rows)


def _wait_and_cost(outcome: Outcome) -> str:
    return f"{_wait(outcome.p99_s)}, ${outcome.cost:.0f}"


def _wait(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 3600 else f"{seconds / 3600:.1f} h"  # noqa: PLR2004


def sizes_table() -> str:
    """Return the plan of the example fleet, number by number."""
    sized = plan()
    rows = [[f"`{f}`", str(getattr(sized, f)), why] for f, why in sized.explanations.items()]
    return table(["number", "value", "why"], rows)


def targets_table() -> str:
    """Return what the scaling target does to wait and cost on a diurnal day."""
    rows = []
    for target in (1, 4, 12, 30, 60, 90, plan().queue_length, 120, 240):
        tuned = _assessed(replace(scaling(), queue_length=target, max_replica_count=64))
        rows.append([str(target), f"{tuned.p99_s:.1f} s", f"${tuned.cost:.0f}"])
    return table(["`queueLength`", "p99 wait", "a month"], rows)


def goals_table() -> str:
    """Return what a plan's wait turns out to be, goal by goal, on a diurnal day."""
    rows = []
    for goal_s in (15, 30, 60, 120, 300):
        tuned = _assessed(scaling(goal_s))
        row = [f"{goal_s} s", str(tuned.scaling.queue_length), f"{tuned.p99_s:.0f} s"]
        rows.append([*row, f"${tuned.cost:.0f}"])
    return table(["goal", "`queueLength`", "p99 wait", "a month"], rows)


def _assessed(settings: FleetScaling) -> Tuned:
    return assess(trial(load("diurnal")), settings)


def savings_table() -> str:
    """Return what scaling saves against the smallest fixed fleet, by how quiet the nights are."""
    head = ["night / noon", "peak / mean", "smallest fixed fleet", "Shoal", "saved"]
    return table(head, [savings_row(night) for night in NIGHTS])


def savings_row(night: float) -> list[str]:
    """Return one row: the smallest fixed fleet and the cheapest of Shoal's, at the same goal."""
    rate = diurnal(PEAK, night_share=night)
    terms = trial(draw(rate, duration_s=DAY_S, rng=seeded(1), bin_s=BIN_S))
    entrants = contenders(FLEET, scaling())
    fixed = cheapest_within(
        [terms.run(entrants[0], (n,)) for n in range(int(PEAK / 3), scaling().max_replica_count)],
        GOAL_S,
    )
    targets = [round(plan().queue_length * share) for share in (0.8, 0.9, 1.0)]
    shoal = cheapest_within([terms.run(entrants[-1], (each, 0, 64)) for each in targets], GOAL_S)
    assert fixed is not None  # noqa: S101 - a fleet for the peak keeps any goal
    assert shoal is not None  # noqa: S101 - and so do Shoal's
    peak_to_mean = PEAK / terms.arrivals.mean_rate_per_s
    return [
        f"{night:.0%}",
        f"{peak_to_mean:.2f}",
        f"${fixed.cost:.0f} ({fixed.setting})",
        f"${shoal.cost:.0f}",
        f"{1 - shoal.cost / fixed.cost:.0%}",
    ]


BLOCKS: dict[str, Callable[[], str]] = {
    "sizes": sizes_table,
    "targets": targets_table,
    "goals": goals_table,
    "savings": savings_table,
    **{f"compare-{name}": partial(comparison_table, name) for name in LOADS},
}


def day() -> SimulationResult:
    """A diurnal day with the plan's settings."""
    scaler = FleetScaler(scaling().scaled_object(), created_ms=0)
    return simulate(load("diurnal"), FLEET, scaler, rng=seeded(1), model="flow")


def course(arrivals: Arrivals, fleet: Fleet, scaled: ScaledObject) -> SimulationResult:
    """Run a trap's example, message by message."""
    scaler = FleetScaler(scaled, created_ms=0)
    return simulate(arrivals, fleet, scaler, rng=seeded(1), model="message")


def phantom() -> Courses:
    """A burst, then nothing for a minute, then one message: with and without a behavior."""
    arrivals = Arrivals([0, 60_000, 75_000, 330_000, 331_000, 600_000], [0, 40, 0, 1, 0])
    plain = ScaledObject(
        queue_length=1, max_replica_count=40, polling_interval_s=10, cooldown_period_s=20
    )
    explicit = replace(plain, behavior=scaling().scaled_object().behavior)
    work = quick_start(60)
    return {
        "no behavior (legacy path)": replicas(course(arrivals, work, plain)),
        "explicit behavior": replicas(course(arrivals, work, explicit)),
    }


def cooldown() -> Courses:
    """A burst that trails off, three cooldowns: only the last step to zero moves."""
    arrivals = Arrivals([0, 60_000, 120_000, 600_000, 1_500_000], [0, 1_200, 240, 0])
    base = replace(scaling(), queue_length=5, max_replica_count=40)
    return {
        f"cooldownPeriod {seconds} s": replicas(
            course(
                arrivals, quick_start(5), replace(base, cooldown_period_s=seconds).scaled_object()
            )
        )
        for seconds in (30, 300, 600)
    }


def in_flight() -> Courses:
    """Forty jobs of ten minutes: counted while they are worked on, or not."""
    arrivals = Arrivals([0, 60_000, 75_000, 1_800_000], [0, 40, 0])
    counted = replace(scaling(), queue_length=1, max_replica_count=40).scaled_object()
    right = course(arrivals, quick_start(600), counted)
    wrong = course(arrivals, quick_start(600), replace(counted, scale_on_in_flight=False))
    return {
        "in flight counted": replicas(right),
        "scaleOnInFlight: false": replicas(wrong),
        "jobs the latter works on": [
            (look.at_ms / 1000, look.in_flight) for look in wrong.timeline
        ],
    }


def quick_start(job_s: float) -> Fleet:
    """Return a fleet of one job a pod, on nodes that are there."""
    work, longest_s = ProcessingTime(job_s, "fixed"), 2 * job_s
    return Fleet(work, longest_job_s=longest_s, start_delay_s=2, node_provisioning_s=0)


def replicas(result: SimulationResult) -> list[tuple[float, int]]:
    """Return seconds and replicas wanted, look by look."""
    return [(look.at_ms / 1000, look.replicas) for look in result.timeline]


def draw_courses(courses: Courses, path: Path) -> None:
    """Draw replicas over minutes, one line a course."""
    with figure(path, height_in=3.0) as (axes,):
        for colour, style, (label, points) in zip(
            (RED, BLUE, GREEN, ORANGE), ("-", "-", "--", ":"), courses.items(), strict=False
        ):
            minutes = [at_s / 60 for at_s, _ in points]
            counts = [count for _, count in points]
            axes.step(minutes, counts, style, where="post", color=colour, lw=1.6, label=label)
        axes.set_xlabel("minutes")
        axes.set_ylabel("replicas, jobs" if "jobs" in str(courses.keys()) else "replicas")
        axes.set_ylim(bottom=0)
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, frameon=False)


TRAPS = {"phantom": phantom, "cooldown": cooldown, "in-flight": in_flight}


def digest(data: object) -> str:
    """Return what stands beside a picture for the data it shows."""
    return hashlib.sha256(json.dumps(data).encode()).hexdigest()


def shown() -> dict[str, object]:
    """Return, for each picture, its data or a digest of it."""
    data: dict[str, object] = {name: digest(make()) for name, make in TRAPS.items()}
    data["day"] = digest(day().timeline)
    for name in LOADS[:2]:
        outcomes = [outcome for policy in swept(name) for outcome in policy]
        data[f"compare-{name}"] = [point(outcome) for outcome in outcomes]
    return data


def point(outcome: Outcome) -> list[str]:
    """Return what a picture shows of an outcome."""
    return [outcome.name, outcome.setting, f"{outcome.p99_s:.2f}", f"{outcome.cost:.2f}"]


def draw_all() -> None:
    """Write every picture."""
    PICTURES.mkdir(exist_ok=True)
    for name, make in TRAPS.items():
        draw_courses(make(), PICTURES / f"{name}.png")
    draw_timeline(day(), PICTURES / "day.png")
    for name in LOADS[:2]:
        draw_comparison(swept(name), GOAL_S, PICTURES / f"compare-{name}.png")
    (PICTURES / "data.json").write_text(json.dumps(shown(), indent=1) + "\n")


def filled(page: str, blocks: dict[str, str]) -> str:
    """Return the page with the content of every generated block replaced."""
    for name, text in blocks.items():
        block = re.compile(rf"(?<=<!-- {name} -->\n).*?(?=<!-- end -->)", re.DOTALL)
        page, found = block.subn(text.replace("\\", r"\\") + "\n", page)
        if found != 1:
            raise ValueError(f"{PAGE.name} has {found} blocks named {name}, not 1")
    return page


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(), {name: make() for name, make in BLOCKS.items()}))
    draw_all()
