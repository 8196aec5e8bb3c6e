"""The fixtures as a project's own pytest sees them: another process, its warnings errors."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest


def run_pytest(
    folder: Path,
    source: str,
    *,
    options: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a file of tests in a process of its own."""
    (folder / "test_it.py").write_text(source)
    (folder / "pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-W", "error", "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    return subprocess.run(
        [*command, *options],
        cwd=folder,
        env={**os.environ, **(environment if environment is not None else {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )


def test_the_fixtures_are_there_with_nothing_to_configure(tmp_path: Path) -> None:
    done = run_pytest(
        tmp_path,
        """
async def handle(message):
    assert message.json() == {"order": 1}

def test_one(deliver, crash_at_every_line):
    assert deliver(handle, [{"order": 1}], duplicates=1).done
    crash_at_every_line(lambda deliver: deliver(handle, {"order": 1}))
""",
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_an_unexpected_exception_shows_the_handler_s_line_and_not_the_fixture_s(
    tmp_path: Path,
) -> None:
    done = run_pytest(
        tmp_path,
        """
def handle(message):
    raise KeyError("total")

def test_one(deliver):
    deliver(handle, "x")
""",
    )
    assert done.returncode == 1
    assert '>       raise KeyError("total")' in done.stdout
    assert "failures=KeyError" in done.stdout
    assert "shoal_agent/testing/" not in done.stdout


def test_a_crash_that_breaks_the_scenario_is_named_in_the_report(tmp_path: Path) -> None:
    done = run_pytest(
        tmp_path,
        """
def test_one(crash_at_every_line):
    def scenario(deliver):
        seen = []
        def handle(message):
            seen.append("booked")
            seen.append("told")
        deliver(handle, "x")
        assert seen.count("booked") == 1
    crash_at_every_line(scenario)
""",
    )
    assert done.returncode == 1
    assert 'The agent had died before test_it.py:7: seen.append("told")' in done.stdout


@pytest.mark.parametrize("name", ["shoal_agent.testing", "shoal_agent.handler", "asyncio"])
def test_nothing_is_imported_for_tests_that_do_not_use_the_fixtures(
    tmp_path: Path, name: str
) -> None:
    done = run_pytest(
        tmp_path,
        f"import sys\n\ndef test_one():\n    assert {name!r} not in sys.modules\n",
        environment={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        options=("-p", "shoal_agent.pytest_plugin"),
    )
    assert done.returncode == 0, done.stdout


def test_the_names_of_the_fixtures_are_listed_with_what_they_do(tmp_path: Path) -> None:
    done = run_pytest(tmp_path, "", options=["--fixtures"])
    assert "Deliver messages to a handler as an agent and SQS would" in done.stdout
    assert "with the agent dying at each of its handler's lines in turn" in done.stdout
