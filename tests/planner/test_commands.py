"""`shoal-plan size`, `simulate`, `compare`, `tune` and `cost` as they are typed."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from shoal_planner.cli import COMMANDS, main

FLEET: dict[str, Any] = {
    "name": "thumbnails",
    "handler": "my_module:handle",
    "concurrency": 4,
    "latencyGoal": "60s",
    "processingTime": "2s",
    "peakRate": 5,
}
SHORT = ("--duration", "2h", "--arrivals", "bursts")


@pytest.fixture
def fleet(tmp_path: Path) -> str:
    """A fleet's file."""
    path = tmp_path / "fleet.yaml"
    path.write_text(yaml.safe_dump(FLEET))
    return str(path)


def run(capsys: pytest.CaptureFixture[str], *args: str) -> str:
    assert main(args) == 0
    return capsys.readouterr().out


def refusal(capsys: pytest.CaptureFixture[str], *args: str) -> str:
    assert main(args) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("shoal-plan: ")
    assert captured.err.count("\n") == 1
    return captured.err


SIZE = ("size", "--latency-goal", "60s", "--processing-time", "2s", "--peak-rate", "50")


def test_size_prints_each_number_with_its_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    text = run(capsys, *SIZE, "--concurrency", "4")
    assert "scaling target (queueLength)     109" in text
    assert "largest fleet (maxReplicaCount)  32" in text
    assert text.count("\n") == 12


def test_size_as_json_has_the_numbers_and_their_reasons(
    capsys: pytest.CaptureFixture[str],
) -> None:
    plan = json.loads(run(capsys, *SIZE, "--json"))
    assert plan["queue_length"] == 27
    assert plan["explanations"].keys() == plan.keys() - {"explanations"}


def test_size_as_configuration_is_the_goal_that_the_stack_derives_it_from(
    capsys: pytest.CaptureFixture[str],
) -> None:
    config = yaml.safe_load(run(capsys, *SIZE, "--concurrency", "4", "--config"))
    (agent,) = config["config"]["shoal:agents"]
    assert agent["latencyGoal"] == "1m"
    assert (agent["processingTime"], agent["peakRate"], agent["concurrency"]) == ("2s", 50, 4)


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("--latency-goal", "0", "--latency-goal is '0': allowed is a number above 0"),
        ("--latency-goal", "soon", "--latency-goal is 'soon': allowed is a duration"),
        ("--concurrency", "0", "--concurrency is 0"),
        (
            "--processing-time",
            "5m",
            "--longest-job is '60s': allowed is at least --processing-time",
        ),
        ("--longest-job", "13h", "12 hours"),
    ],
)
def test_size_refuses_in_the_words_of_the_command_line(
    capsys: pytest.CaptureFixture[str], option: str, value: str, says: str
) -> None:
    assert says in refusal(capsys, *SIZE, option, value)


def test_simulate_says_how_long_messages_waited(
    capsys: pytest.CaptureFixture[str], fleet: str, tmp_path: Path
) -> None:
    timeline = tmp_path / "timeline.csv"
    answer = json.loads(
        run(capsys, "simulate", fleet, *SHORT, "--json", "--timeline", str(timeline))
    )
    assert answer["sent"] == answer["done"] + answer["remaining"]
    assert 0 < answer["wait_s"]["p50"] <= answer["wait_s"]["p99"]
    assert timeline.read_text().startswith("seconds,visible,in_flight,replicas,ready\n")


def test_simulate_takes_arrivals_from_a_table(
    capsys: pytest.CaptureFixture[str], fleet: str, tmp_path: Path
) -> None:
    table = tmp_path / "arrivals.csv"
    table.write_text("seconds,messages\n0,100\n60,0\n600,0\n")
    answer = json.loads(run(capsys, "simulate", fleet, "--arrivals", str(table), "--json"))
    assert (answer["sent"], answer["done"], answer["duration_s"]) == (100, 100, 1_140)


def test_the_same_seed_prints_the_same(capsys: pytest.CaptureFixture[str], fleet: str) -> None:
    once, twice, other = (
        run(capsys, "simulate", fleet, *SHORT, "--seed", seed) for seed in ("1", "1", "2")
    )
    assert once == twice != other


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_simulate_draws_a_picture(
    capsys: pytest.CaptureFixture[str], fleet: str, tmp_path: Path, suffix: str
) -> None:
    picture = tmp_path / f"picture.{suffix}"
    run(capsys, "simulate", fleet, *SHORT, "--picture", str(picture))
    head = picture.read_bytes()[:200]
    assert head.startswith(b"\x89PNG") or b"<svg" in head or b"<?xml" in head


def test_an_agent_is_taken_from_a_stacks_configuration(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    stack = tmp_path / "Pulumi.dev.yaml"
    others = {**FLEET, "name": "other"}
    stack.write_text(yaml.safe_dump({"config": {"shoal:agents": [FLEET, others]}}))
    run(capsys, "simulate", str(stack), "--agent", "other", *SHORT)
    assert "thumbnails, other" in refusal(capsys, "simulate", str(stack), *SHORT)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"concurency": 4}, "did you mean concurrency?"),
        ({"model": {"podsPerNodes": 3}}, "did you mean model.podsPerNode?"),
        ({"scaling": {"queueLength": "many"}}, "scaling.queueLength is 'many'"),
        ({"processingTime": None}, "processingTime"),
        ({"model": {"processingTimeShape": "normal"}}, "exponential, fixed, lognormal"),
        ({"model": {"failureShare": 2}}, "model.failureShare is 2"),
        ({"model": {"startDelay": -1}}, "model.startDelay is -1"),
        ({"visibilityTimeout": 0}, "visibilityTimeout is 0"),
        ({"longestJob": "1s"}, "longestJob is 1.0: allowed is at least processingTime"),
        ({"peakRate": 0}, "peakRate is 0: allowed is a number above 0"),
        ({"scaling": {"queueLength": 0}}, "scaling.queueLength is 0"),
        ({"scaling": {"scaleUpPods": 0}}, "scaling.scaleUpPods is 0"),
        (
            {"scaling": {"minReplicaCount": 9, "maxReplicaCount": 3}},
            "scaling.minReplicaCount is 9: allowed is at most scaling.maxReplicaCount (3)",
        ),
        ({"kind": "ScaledObject"}, "this is an object of Kubernetes"),
        ({"config": {"shoal:agents": [5]}}, "shoal:agents is [5]: allowed is a list of agents"),
        ({"config": {"shoal:agents": 5}}, "shoal:agents is 5: allowed is a list of agents"),
    ],
)
def test_a_fleet_that_cannot_be_read_is_refused_by_its_key(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, changes: dict[str, Any], says: str
) -> None:
    path = tmp_path / "fleet.json"
    path.write_text(json.dumps(FLEET | changes))
    assert says in refusal(capsys, "simulate", str(path), *SHORT)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--arrivals", "weekly"), "flash-crowd"),
        (("--rate", "0"), "--rate"),
        (("--duration", "0"), "--duration"),
        (("--duration", "1000d"), "at most 366d"),
        (("--picture", "picture.gif"), ".png or .svg"),
        (("--picture", "no/such/folder/picture.png"), "there is no folder no/such/folder"),
        (("--timeline", "no/such/folder/timeline.csv"), "there is no folder no/such/folder"),
        (("--replicas", "-1"), "--replicas is -1"),
        (("--spot-share", "2"), "--spot-share is 2.0"),
        (("--prices", "nowhere.json"), "--prices"),
        (("--instance-type", "x9.mega"), "x9.mega"),
    ],
)
def test_an_option_that_cannot_be_is_refused(
    capsys: pytest.CaptureFixture[str], fleet: str, options: tuple[str, str], says: str
) -> None:
    assert says in refusal(capsys, "simulate", fleet, *SHORT, *options)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--rate", "many"), "argument --rate: 'many' is not a number"),
        (("--rate", "nan"), "argument --rate: 'nan' is not a number"),
        (("--seed", "1.5"), "argument --seed: '1.5' is not a whole number"),
        (("--model", "exact"), "choose from"),
        (("--bogus",), "unrecognized arguments: --bogus"),
    ],
)
def test_an_option_that_cannot_be_read_is_one_line_that_points_to_help(
    capsys: pytest.CaptureFixture[str], fleet: str, options: tuple[str, ...], says: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["simulate", fleet, *options])
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith("shoal-plan")
    assert said.count("\n") == 1
    assert says in said
    assert "--help" in said


@pytest.mark.parametrize(
    "table",
    [
        "seconds,messages\n0,x\n",
        "seconds,messages\n0,-1\n",
        "seconds,messages\ninf,1\n",
        "seconds,messages\n1795477200,1\n",
        "seconds,messages\n60\n",
    ],
)
def test_a_table_of_arrivals_that_cannot_be_read_is_refused_by_its_line(
    capsys: pytest.CaptureFixture[str], fleet: str, tmp_path: Path, table: str
) -> None:
    path = tmp_path / "arrivals.csv"
    path.write_text(table)
    assert "arrivals, line 2" in refusal(capsys, "simulate", fleet, "--arrivals", str(path))


@pytest.mark.parametrize(
    ("prices", "says"),
    [
        ({"nat": 1}, "prices.nat is 1"),
        ({"nat_gateway_hour": -1}, "prices.nat_gateway_hour is -1"),
        ({"instance_hour": 5}, "prices.instance_hour is 5: allowed is a mapping"),
        ({"instance_hour": {"m7i.large": "x"}}, "prices.instance_hour.m7i.large is 'x'"),
        ({"hours_per_month": 0}, "prices.hours_per_month is 0: allowed is more than 0"),
    ],
)
def test_a_price_that_cannot_be_is_refused_by_its_key(
    capsys: pytest.CaptureFixture[str],
    fleet: str,
    tmp_path: Path,
    prices: dict[str, Any],
    says: str,
) -> None:
    path = tmp_path / "prices.json"
    path.write_text(json.dumps(prices))
    options = ("--prices", str(path), "--duration", "10m")
    assert says in refusal(capsys, "cost", fleet, *options)


def test_a_fixed_fleet_shows_its_backlog(capsys: pytest.CaptureFixture[str], fleet: str) -> None:
    answer = json.loads(
        run(capsys, "simulate", fleet, "--replicas", "0", "--duration", "10m", "--json")
    )
    assert answer["remaining"] == answer["sent"] > 0
    assert answer["largest_backlog"] > answer["sent"] / 2


def test_compare_shows_every_policy_as_written_and_at_equal_wait(
    capsys: pytest.CaptureFixture[str], fleet: str
) -> None:
    answer = json.loads(run(capsys, "compare", fleet, *SHORT, "--jobs", "1", "--json"))
    names = [each["policy"] for each in answer["as_written"]]
    assert names == [
        "fixed fleet",
        "CPU HPA",
        "CloudWatch +1/-1",
        "reported ScaledObject",
        "Shoal",
    ]
    kept = [each for each in answer["at_equal_wait"] if each]
    assert kept
    assert all(each["p99_wait_s"] <= 60 for each in kept)


def test_compare_without_a_goal_asks_for_a_wait(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    entry = {
        "processingTime": "2s",
        "scaling": {"queueLength": 5, "maxReplicaCount": 10},
    }
    path = tmp_path / "fleet.yaml"
    path.write_text(yaml.safe_dump(entry))
    assert "--wait" in refusal(capsys, "compare", str(path), *SHORT)


def test_tune_finds_settings_within_the_goal(
    capsys: pytest.CaptureFixture[str], fleet: str
) -> None:
    answer = json.loads(run(capsys, "tune", fleet, *SHORT, "--wait", "2m", "--json"))
    best = answer["best"]
    assert all(each["p99_s"] <= 120 for each in best)
    costs = [round(each["cost"], 2) for each in best]
    assert costs == sorted(costs)
    assert answer["message_by_message"]["p99_s"] > 0


def test_tune_says_in_a_line_that_no_setting_keeps_the_goal(
    capsys: pytest.CaptureFixture[str], fleet: str
) -> None:
    options = ("--duration", "1h", "--arrivals", "bursts", "--rate", "200", "--wait", "0.01")
    assert main(["tune", fleet, *options]) == 1
    assert "none of 240 settings" in capsys.readouterr().err


def test_cost_adds_up_and_names_its_prices(
    capsys: pytest.CaptureFixture[str], fleet: str, tmp_path: Path
) -> None:
    answer = json.loads(run(capsys, "cost", fleet, *SHORT, "--json"))
    assert answer["total"] == pytest.approx(sum(x["amount"] for x in answer["lines"]), abs=0.05)
    assert "us-east-1" in answer["prices"]
    prices = tmp_path / "prices.json"
    prices.write_text('{"eks_cluster_hour": 0}')
    cheaper = json.loads(run(capsys, "cost", fleet, *SHORT, "--json", "--prices", str(prices)))
    assert answer["total"] - cheaper["total"] == pytest.approx(73, abs=0.01)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_every_command_describes_it(
    capsys: pytest.CaptureFixture[str], command: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert f"usage: shoal-plan {command}" in capsys.readouterr().out
