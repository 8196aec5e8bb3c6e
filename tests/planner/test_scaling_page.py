"""docs/scaling.md and its pictures say what the planner says.

What is cheap is computed whole. Of the comparisons, every number that stands in a table is
simulated anew, and a sample of what only the pictures show; that a bold setting is the cheapest
of all tried is `make figures`' own word.
"""

import importlib.util
import json
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from shoal_planner.cli import COMMANDS
from shoal_planner.contenders import contenders
from shoal_planner.fleet_file import fleet_settings

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "scaling.md").read_text()
SAMPLE = 15


@pytest.fixture(scope="module")
def figures() -> ModuleType:
    """docs/figures.py, which is a script."""
    spec = importlib.util.spec_from_file_location("docs_figures", ROOT / "docs" / "figures.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def block(name: str) -> str:
    found = re.search(rf"<!-- {name} -->\n(.*?)\n<!-- end -->", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


def cells(table: str) -> list[list[str]]:
    return [row.strip("| ").split(" | ") for row in table.splitlines()[2:]]


@pytest.mark.parametrize("name", ["sizes", "targets", "goals"])
def test_a_table_of_the_page_is_what_the_planner_computes(figures: ModuleType, name: str) -> None:
    assert block(name) == figures.BLOCKS[name]()


@pytest.mark.parametrize("night", [0.5, 0.1])
def test_a_saving_of_the_page_is_what_the_planner_computes(
    figures: ModuleType, night: float
) -> None:
    assert figures.savings_row(night) in cells(block("savings"))


@pytest.mark.parametrize("name", ["diurnal", "bursts", "flash-crowd"])
def test_every_outcome_in_a_comparison_comes_out_the_same(figures: ModuleType, name: str) -> None:
    trial = figures.trial(figures.load(name))
    entrants = {each.name: each for each in contenders(figures.FLEET, figures.scaling())}
    rows = cells(block(f"compare-{name}"))
    assert [row[0] for row in rows] == list(entrants)
    for policy, *outcomes in rows:
        for outcome in outcomes:
            setting, _, said = outcome.replace("**", "").partition(": ")
            position = tuple(int(number) for number in re.findall(r"\d+", setting))
            again = trial.run(entrants[policy], position)
            assert again.setting == setting
            assert figures._wait_and_cost(again) == said


def at_equal_wait(name: str) -> dict[str, int]:
    """Return what each policy costs at its cheapest within the goal, as the page has it."""
    return {row[0]: int(row[2].rpartition("$")[2]) for row in cells(block(f"compare-{name}"))}


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [("diurnal", 0.005, 0.025), ("bursts", 0.10, 0.15), ("flash-crowd", 0.005, 0.10)],
)
def test_what_the_page_says_of_the_reported_scaled_object_follows_from_its_tables(
    name: str, least: float, most: float
) -> None:
    """One or two percent on the slow wave, about an eighth on bursts, less on a flash crowd."""
    costs = at_equal_wait(name)
    assert least <= 1 - costs["Shoal"] / costs["reported ScaledObject"] <= most


@pytest.mark.parametrize(
    ("goal_s", "least", "most"), [(0.5, 0.06, 0.10), (1, 0.005, 0.015), (15, 0.005, 0.015)]
)
def test_the_reported_scaled_object_wins_at_short_waits_on_a_slow_wave_as_the_page_says(
    figures: ModuleType, goal_s: float, least: float, most: float
) -> None:
    points = json.loads((figures.PICTURES / "data.json").read_text())["compare-diurnal"]
    reported, shoal = (
        min(float(cost) for name, _, p99, cost in points if name == each and float(p99) <= goal_s)
        for each in ("reported ScaledObject", "Shoal")
    )
    assert least <= 1 - reported / shoal <= most


@pytest.mark.parametrize("target", [76, 87, 98, 109])
def test_the_reported_scaled_object_wins_on_a_load_that_never_changes_as_the_page_says(
    figures: ModuleType, target: int
) -> None:
    trial = figures.trial(figures.load("constant"))
    entrants = {each.name: each for each in contenders(figures.FLEET, figures.scaling())}
    reported = trial.run(entrants["reported ScaledObject"], (87, 24, 64))
    shoal = trial.run(entrants["Shoal"], (target, 24, 64))
    assert max(reported.p99_s, shoal.p99_s) <= figures.GOAL_S
    assert 0.025 <= 1 - reported.cost / shoal.cost <= 0.035


def test_the_saving_of_40_percent_is_the_loads_as_the_page_says() -> None:
    for _, peak_to_mean, _, _, saved in cells(block("savings")):
        share = int(saved.removesuffix("%")) / 100
        assert 0 <= 1 - 1 / float(peak_to_mean) + 0.03 - share <= 0.12


def test_the_plan_of_the_page_keeps_its_goal_as_far_as_pods_can_start_in_time() -> None:
    waits = {int(row[0].split()[0]): int(row[2].split()[0]) for row in cells(block("goals"))}
    assert all(wait <= goal for goal, wait in waits.items() if goal >= 30)
    assert waits[15] > 15


def test_every_picture_shows_what_the_planner_computes(figures: ModuleType) -> None:
    data = json.loads((figures.PICTURES / "data.json").read_text())
    assert {path.stem for path in figures.PICTURES.glob("*.png")} == data.keys()
    for name, make in figures.TRAPS.items():
        assert data[name] == figures.digest(make()), name
    assert data["day"] == figures.digest(figures.day().timeline)


@pytest.mark.parametrize("name", ["diurnal", "bursts"])
def test_points_of_a_comparing_picture_come_out_the_same(figures: ModuleType, name: str) -> None:
    data = json.loads((figures.PICTURES / "data.json").read_text())[f"compare-{name}"]
    trial = figures.trial(figures.load(name))
    entrants = {each.name: each for each in contenders(figures.FLEET, figures.scaling())}
    for shown in data[:: len(data) // SAMPLE]:
        position = tuple(int(number) for number in re.findall(r"\d+", shown[1]))
        assert figures.point(trial.run(entrants[shown[0]], position)) == shown


def test_every_picture_stands_on_the_page_and_every_one_there_exists(figures: ModuleType) -> None:
    shown = set(re.findall(r"\(pictures/(.+?)\)", PAGE))
    assert shown == {path.name for path in figures.PICTURES.glob("*.png")}


def test_the_page_names_every_command() -> None:
    assert set(re.findall(r"^\| `shoal-plan (\w+)", PAGE, re.MULTILINE)) == set(COMMANDS)


def test_the_fleet_file_of_the_page_is_one_that_can_be_read() -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    settings = fleet_settings(yaml.safe_load(example))
    assert settings.fleet.start_delay_s == 10
    assert settings.scaling.queue_length == 109
