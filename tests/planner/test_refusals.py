"""What each command says where it cannot do what it is asked: one line, in the user's words."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.planner.commands import FLEET, SHORT, SIZE, refusal

from shoal_planner.cli import main


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("--latency-goal", "0", "--latency-goal is '0': allowed is a number above 0"),
        ("--latency-goal", "soon", "--latency-goal is 'soon': allowed is a duration"),
        ("--concurrency", "0", "--concurrency is 0"),
        ("--concurrency", "999999", "--concurrency is 999999: allowed is at most 120000"),
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


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"concurency": 4}, "did you mean concurrency?"),
        ({"model": {"podsPerNodes": 3}}, "did you mean model.podsPerNode?"),
        ({"model": {"drain": True}}, "delay, drains, failureShare"),
        ({"model": {"drain": True}}, "did you mean model.drains?"),
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
        (("--agent", "other"), "--agent is 'other': allowed is none or its name, because the file"),
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
    assert "arrivals.csv line 2" in refusal(capsys, "simulate", fleet, "--arrivals", str(path))


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ("", "arrivals.csv is missing: allowed is seconds,messages"),
        ("0,5\n", "arrivals.csv is '0,5': allowed is seconds,messages"),
        ("seconds,messages\r\n", "one row or more below the header"),
        ('seconds,messages\n0,"5\n', "allowed is CSV, because unexpected end of data"),
        ("seconds,messages\n60,5\n\n0,5\n", "arrivals.csv line 4 is 0.0: allowed is above 60"),
    ],
)
def test_a_file_that_is_no_table_of_arrivals_is_refused_by_its_name(
    capsys: pytest.CaptureFixture[str], fleet: str, tmp_path: Path, table: str, says: str
) -> None:
    path = tmp_path / "arrivals.csv"
    path.write_text(table)
    assert says in refusal(capsys, "simulate", fleet, "--arrivals", str(path))


@pytest.mark.parametrize("text", ["[" * 100_000, "a: " + "[" * 5_000])
def test_a_file_nested_without_end_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, text: str
) -> None:
    path = tmp_path / "fleet.yaml"
    path.write_text(text)
    assert "allowed is a file with fewer levels" in refusal(capsys, "simulate", str(path))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full here")
def test_output_that_cannot_be_written_is_one_line() -> None:
    command = [sys.executable, "-m", "shoal_planner", *SIZE]
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False, text=True)
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
    assert ended.stderr.startswith("shoal-plan: cannot write: ")


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
