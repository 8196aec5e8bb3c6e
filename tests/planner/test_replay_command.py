"""`shoal-plan replay` as it is typed: files in, CSV out, one line for every mistake."""

import builtins
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.planner.manifests import manifest, replicas, scaled_object

from shoal_planner.cli import COMMANDS, main

BURST = "seconds,visible\n0,0\n60,2000\n210,0\n"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    write(tmp_path, [{"kind": "Deployment"}, manifest(pollingInterval=10, cooldownPeriod=60)])
    (tmp_path / "depth.csv").write_text(BURST)
    return tmp_path


def write(folder: Path, documents: Sequence[Mapping[str, Any] | None]) -> None:
    (folder / "fleet.yaml").write_text(yaml.safe_dump_all(documents))


def replay(folder: Path, *options: str, manifest_name: str = "fleet.yaml") -> int:
    files = ["--scaledobject", str(folder / manifest_name), "--depth", str(folder / "depth.csv")]
    return main(["replay", *files, *options])


def test_the_start_and_every_change_are_printed_as_csv(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("--initial-replicas", "0", "--first-poll", "0.3", "--first-sync", "15.3")
    assert replay(files, *options, "--until", "95") == 0
    printed = capsys.readouterr().out
    assert printed == "seconds,replicas\n0,0\n60.3,1\n75.3,4\n90.3,8\n"


def test_until_is_before_the_change_at_that_second(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert replay(files, "--until", "75") == 0
    assert capsys.readouterr().out == "seconds,replicas\n0,0\n60,1\n"


def test_a_sync_period_that_drifts_lets_a_poll_slip_before_a_sync(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert replay(files, "--sync-period", "15.02", "--until", "62") == 0
    assert capsys.readouterr().out == "seconds,replicas\n0,0\n60,1\n60.06,4\n"


def test_without_until_the_fleet_settles(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert replay(files) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "260,0"


def test_a_slow_rate_still_settles() -> None:
    down = {"policies": [{"type": "Pods", "value": 1, "periodSeconds": 1800}]}
    settings = scaled_object(minReplicaCount=1, behavior={"scaleDown": down})
    course = replicas(settings, [(0, 0)], initial=4)
    assert [count for _, count in course] == [4, 3, 2, 1]


def test_a_fleet_that_never_settles_ends_after_a_day() -> None:
    # Idle at 1 under a minimum of 3: KEDA lowers what the HPA raises, for ever.
    settings = scaled_object(minReplicaCount=3, idleReplicaCount=1)
    assert replicas(settings, [(0, 0)])[-1][0] < 24 * 3600


def test_at_one_instant_the_sync_goes_first_and_a_state_of_no_time_is_not_printed() -> None:
    settings = scaled_object(pollingInterval=15, cooldownPeriod=15)
    # At 30 s the sync still goes up, from 4 to 8, and the poll then cuts to zero.
    assert replicas(settings, [(0, 90), (20, 0)], until=40) == [(0, 1), (15, 4), (30, 0)]
    # A poll that wakes the fleet at 15 s comes after the sync: the next step is at 30 s.
    assert replicas(settings, [(0, 0), (5, 90)], until=40) == [(0, 0), (15, 1), (30, 4)]


def test_without_initial_replicas_a_fleet_starts_at_rest(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(files, [manifest(minReplicaCount=3)])
    assert replay(files, "--first-poll", "9", "--until", "10") == 0
    assert capsys.readouterr().out == "seconds,replicas\n0,3\n"


@pytest.mark.parametrize("kind", ["List", "object", "array"])
def test_a_json_manifest_is_read_with_nothing_installed(
    files: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    document: Any = manifest()
    if kind == "List":
        document = {"kind": "List", "items": [{"kind": "Deployment"}, document]}
    elif kind == "array":
        document = [document]
    (files / "fleet.json").write_text(json.dumps(document))
    assert replay(files, "--until", "61", manifest_name="fleet.json") == 0
    assert capsys.readouterr().out.endswith("60,1\n")


def test_a_yaml_manifest_without_pyyaml_is_told_the_extra(
    files: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real_import = builtins.__import__

    def without_yaml(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "yaml":
            raise ModuleNotFoundError(name)
        return real_import(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without_yaml)
    assert replay(files) == 2
    assert "pip install 'shoal[planner]'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("documents", "words"),
    [
        ([manifest(), manifest()], "it holds 2 of them"),
        ([{"kind": "Deployment"}, None], "it holds none of them (kinds: Deployment)"),
        ([manifest(triggers=[{"type": "sqs"}])], "write type: aws-sqs-queue"),
    ],
)
def test_a_file_that_cannot_be_replayed_is_one_line_and_status_two(
    files: Path,
    capsys: pytest.CaptureFixture[str],
    documents: list[Mapping[str, Any] | None],
    words: str,
) -> None:
    write(files, documents)
    assert replay(files) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("shoal-plan: ")
    assert printed.err.count("\n") == 1
    assert words in printed.err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("kind: ScaledObject\na: [", "valid YAML, because line 2: "),
        ("{", "valid JSON, because line 1: "),
        ("\tx", "valid YAML, because line 1: "),
        ("{{- if .Values.scaled }}\nkind: ScaledObject\n", "render it first: helm template"),
        ("", "it holds none of them"),
    ],
)
def test_a_manifest_that_is_neither_yaml_nor_json_is_one_line(
    files: Path, capsys: pytest.CaptureFixture[str], text: str, words: str
) -> None:
    (files / "fleet.yaml").write_text(text)
    assert replay(files) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert words in said


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--initial-replicas", "two"),
        ("--initial-replicas", "-1"),
        ("--initial-replicas", "2147483648"),
        ("--first-poll", "1e9"),
        ("--first-poll", "soon"),
        ("--first-sync", "-15"),
        ("--until", "nan"),
        ("--sync-period", "0"),
    ],
)
def test_an_option_that_is_no_number_is_named(
    files: Path, capsys: pytest.CaptureFixture[str], option: str, value: str
) -> None:
    assert replay(files, f"{option}={value}") == 2
    assert f"{option} is '{value}'" in capsys.readouterr().err


def test_a_missing_manifest_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert replay(tmp_path) == 2
    assert "No such file" in capsys.readouterr().err


def test_help_explains_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["replay", "--help"])
    assert ended.value.code == 0
    printed = capsys.readouterr().out
    for option in (
        "scaledobject",
        "depth",
        "initial-replicas",
        "first-poll",
        "first-sync",
        "until",
    ):
        assert f"--{option}" in printed


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    printed = capsys.readouterr().out
    assert all(name in printed for name in COMMANDS)
