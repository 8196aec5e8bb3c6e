"""``shoal-agent new``: what it writes works as it stands."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.agent._fakes import AgentProcess
from tests.agent.conftest import Queues

FILES = {
    ".dockerignore",
    ".gitignore",
    "Dockerfile",
    "README.md",
    "handlers.py",
    "laptop.env",
    "pyproject.toml",
    "requirements-dev.txt",
    "requirements.txt",
    "test_handlers.py",
}


def new(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ``shoal-agent new`` in a folder."""
    return subprocess.run(
        [sys.executable, "-m", "shoal_agent", "new", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def run(folder: Path, *arguments: str, **environment: str) -> None:
    """Run a Python module in a project, and expect it to be content."""
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return the folder of a new project."""
    done = new(tmp_path, "word-count")
    assert done.returncode == 0, done.stderr
    return tmp_path / "word-count"


def test_a_project_has_its_files_with_its_name_in_them(project: Path) -> None:
    assert {path.name for path in project.iterdir()} == FILES
    assert "docker build --tag word-count ." in (project / "README.md").read_text()
    assert all("{{" not in path.read_text() for path in project.iterdir())


def test_the_next_steps_are_printed_in_four_lines(tmp_path: Path) -> None:
    steps = new(tmp_path, "orders", "--directory", "here/below").stdout.splitlines()
    assert steps[0].startswith("here/below is ready")
    assert [line.split()[0] for line in steps[1:]] == ["cd", "pytest", "shoal-agent"]


def test_the_tests_of_a_new_project_pass(project: Path) -> None:
    run(project, "pytest", "-q", "-p", "no:cacheprovider")


def test_a_new_project_satisfies_the_linter_s_defaults(project: Path) -> None:
    run(project, "ruff", "check", "--isolated", ".")
    run(project, "ruff", "format", "--isolated", "--check", ".")


def test_the_handler_of_a_new_project_runs_in_an_agent(project: Path, queues: Queues) -> None:
    queues.send('{"order_id": "A-1", "quantity": 2}')
    queues.send('{"order_id": "A-2"}')
    environment = {
        "AWS_ENDPOINT_URL": queues.endpoint,
        "SHOAL_QUEUE_URL": queues.url,
        "SHOAL_DEAD_LETTER_QUEUE_URL": queues.dead_letter_url,
    }
    with AgentProcess(project, "handlers:handle", environment) as agent:
        agent.said("2 pieces for order A-1")
        queues.emptied()
        assert agent.drained() == 0
    (letter,) = queues.dead_letters()
    assert json.loads(letter["Body"]) == {"order_id": "A-2"}
    assert "quantity" in letter["MessageAttributes"]["shoal.reason"]["StringValue"]


def test_the_recipe_for_a_laptop_works_as_the_readme_says(project: Path, queues: Queues) -> None:
    """With another port than moto's own 5000, since that may be taken."""
    text = (project / "laptop.env").read_text().replace("http://127.0.0.1:5000", queues.endpoint)
    settings = dict(line.split("=", 1) for line in text.splitlines() if not line.startswith("#"))
    body = json.dumps({"order_id": "A-1", "quantity": 2})
    readme = (project / "README.md").read_text()
    assert f"shoal-agent send --create-queue '{body}'" in readme
    assert "shoal-agent run --watch handlers:handle" in readme
    run(project, "shoal_agent", "send", "--create-queue", body, **settings)
    settings["SHOAL_LOG_FORMAT"] = "json"
    with AgentProcess(project, "handlers:handle", settings, "--watch") as agent:
        agent.said("2 pieces for order A-1")
        assert agent.lines("is not a setting") == []
        assert agent.drained() == 0


@pytest.mark.parametrize("name", ["Orders", "1orders", "orders-", "or_ders", "../x", "", "a" * 55])
def test_a_name_that_an_image_cannot_have_is_one_clear_error(tmp_path: Path, name: str) -> None:
    done = new(tmp_path, name)
    assert done.returncode == 64
    assert done.stderr.startswith(f"shoal-agent: NAME={name!r}: must be lower-case letters")
    assert len(done.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_nothing_that_exists_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "handlers.py").write_text("mine")
    done = new(tmp_path, "orders", "--directory", ".")
    assert done.returncode == 64
    assert "has handlers.py already, and nothing is overwritten" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["handlers.py"]
    assert (tmp_path / "handlers.py").read_text() == "mine"


def test_a_folder_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = new(tmp_path, "orders", "--directory", "file/below")
    assert done.returncode == 1
    assert done.stderr.startswith("shoal-agent: file/below cannot be written: ")
    assert len(done.stderr.splitlines()) == 1
