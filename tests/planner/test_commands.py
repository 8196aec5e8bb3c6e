"""`shoal-plan size`, `simulate`, `compare`, `tune` and `cost` as they are typed."""

import json
from pathlib import Path

import pytest
import yaml
from tests.planner.commands import FLEET, SHORT, SIZE, refusal, run

from shoal_planner.cli import COMMANDS, main


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
    printed = run(capsys, *SIZE, "--concurrency", "4", "--config")
    assert "# scaling target (queueLength): 109\n      #   60 s ÷ 2 s x 4 at once" in printed
    config = yaml.safe_load(printed)
    (agent,) = config["config"]["shoal:agents"]
    assert agent["latencyGoal"] == "1m"
    assert (agent["processingTime"], agent["peakRate"], agent["concurrency"]) == ("2s", 50, 4)


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
