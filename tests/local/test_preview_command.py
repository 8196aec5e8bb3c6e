"""``shoal-local preview`` from the command line, on small projects."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from shoal_local.cli import main

PROGRAM = """
import pulumi
from pulumi_aws import sqs
from tests.local.pulumi_programs import WorkQueue

config = pulumi.Config()
if config.get_int("size") == 0:
    raise pulumi.RunError("demo:size is 0, it has to be at least 1: set it to the fleet's size")
print("printed by the program")
jobs = WorkQueue("jobs", pulumi.ResourceOptions(protect=True))
sqs.Queue("side", name=pulumi.Output.secret("hush"))
pulumi.warn("the fleet is small", resource=jobs)
names = ["jobs-dlq", jobs.queue.name]
pulumi.export("jobs", {"names": names, "url": jobs.queue.url})
pulumi.export("none", {})
pulumi.export("token", pulumi.Output.secret("hush"))
pulumi.export("size", config.get_int("size"))
"""

TREE = """\
pulumi:pulumi:Stack        demo-dev
├─ test:index:WorkQueue    jobs  [protect]
│  ├─ aws:sqs/queue:Queue  jobs-dlq  [protect]
│  └─ aws:sqs/queue:Queue  jobs-queue  [protect]
└─ aws:sqs/queue:Queue     side

Outputs:
  jobs:
    names: [jobs-dlq, [unknown]]
    url: [unknown]
  none: {}
  size: 3
  token: [secret]

4 resources in stack dev of demo
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with the stacks dev and prod."""
    (tmp_path / "Pulumi.yaml").write_text("name: demo\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  demo:size: 3\n")
    (tmp_path / "Pulumi.prod.yaml").write_text("config:\n  demo:size: 0\n")
    (tmp_path / "__main__.py").write_text(PROGRAM)
    return tmp_path


def test_the_tree_shows_type_and_name_under_the_parent_and_the_number_of_resources(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["preview", "--cwd", str(project)]) == 0
    shown = capsys.readouterr()
    assert shown.out == TREE
    assert "warning: jobs: the fleet is small\n" in shown.err
    assert "printed by the program\n" in shown.err


def _json(project: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, Any]]:
    assert main(["preview", "--json", "--stack", "dev", "--cwd", str(project)]) == 0
    return {resource["name"]: resource for resource in json.loads(capsys.readouterr().out)}


def test_json_is_an_array_with_an_object_for_each_resource_the_stack_first(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    resources = _json(project, capsys)
    assert next(iter(resources)) == "demo-dev"
    assert sorted(resources) == ["demo-dev", "jobs", "jobs-dlq", "jobs-queue", "side"]
    queue = resources["jobs-queue"]
    assert queue["type"] == "aws:sqs/queue:Queue"
    assert queue["urn"].endswith("test:index:WorkQueue$aws:sqs/queue:Queue::jobs-queue")
    assert queue["parent"] == resources["jobs"]["urn"]
    assert queue["dependencies"] == [resources["jobs-dlq"]["urn"]]
    assert (queue["protect"], queue["ignore_changes"], queue["provider"]) == (True, [], None)


def test_json_marks_what_is_unknown_and_hides_what_is_secret(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    resources = _json(project, capsys)
    assert resources["jobs-queue"]["inputs"] == {
        "visibilityTimeoutSeconds": 30,
        "redrivePolicy": {"unknown": True},
    }
    assert resources["side"]["inputs"] == {"name": {"secret": True}}
    assert "hush" not in json.dumps(resources)


def test_a_mistake_in_the_configuration_is_one_line_and_exit_code_2(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["preview", "--stack", "prod", "--cwd", str(project)]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err == (
        "shoal-local: demo:size is 0, it has to be at least 1: set it to the fleet's size\n"
    )


def test_a_stack_without_a_file_is_an_error_that_lists_the_stacks_there_are(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["preview", "--stack", "staging", "--cwd", str(project)]) == 2
    error = capsys.readouterr().err
    assert "no stack 'staging'" in error
    assert "Stacks there: dev, prod." in error


def test_a_program_that_breaks_is_shown_from_its_own_first_line_on(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "__main__.py").write_text("def size():\n    return 1 // 0\nsize()\n")
    assert main(["preview", "--cwd", str(project)]) == 1
    error = capsys.readouterr().err
    assert "the program failed with an unhandled exception" in error
    assert error.count('  File "') == 2
    assert error.rstrip().endswith("ZeroDivisionError: integer division or modulo by zero")


def test_two_programs_may_have_helper_modules_of_the_same_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("left", "right"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "Pulumi.yaml").write_text(f"name: {name}\nruntime: {{name: python}}\n")
        (folder / "Pulumi.dev.yaml").write_text("")
        (folder / "side.py").write_text(f"SIDE = {name!r}\n")
        (folder / "__main__.py").write_text(
            "import pulumi\nfrom side import SIDE\npulumi.export('side', SIDE)\n"
        )
        assert main(["preview", "--cwd", str(folder)]) == 0
        assert f"side: {name}\n" in capsys.readouterr().out


def test_the_program_runs_in_its_own_folder_and_the_caller_stays_in_the_callers(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "__main__.py").write_text(
        "import os, sys, pulumi\npulumi.export('at', [os.getcwd(), sys.argv[0], sys.path[0]])\n"
    )
    before = (Path.cwd(), sys.argv, list(sys.path))
    assert main(["preview", "--cwd", str(project)]) == 0
    assert f"at: [{project}, {project}, {project}]" in capsys.readouterr().out
    assert (Path.cwd(), sys.argv, list(sys.path)) == before


def test_an_encrypted_setting_is_previewed_with_a_stand_in_and_said_to_be(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "Pulumi.dev.yaml").write_text("config:\n  demo:token: {secure: v1:abc}\n")
    (project / "__main__.py").write_text(
        "import pulumi\npulumi.export('token', pulumi.Config().require_secret('token'))\n"
    )
    assert main(["preview", "--cwd", str(project)]) == 0
    shown = capsys.readouterr()
    assert "token: [secret]" in shown.out
    assert "warning: demo:token is encrypted" in shown.err


def test_the_installed_command_prints_no_traceback_for_a_mistake(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "shoal_local", "preview", "--cwd", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("shoal-local: no Pulumi.yaml in ")
    assert "Traceback" not in done.stderr


def test_help_lists_the_commands_and_imports_none_of_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    assert "preview" in shown
    assert "up" in shown
