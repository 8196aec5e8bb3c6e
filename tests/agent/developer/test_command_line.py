"""What ``shoal-agent`` says of itself, and what it costs to start."""

import subprocess
import sys

import pytest

from shoal_agent import contract
from shoal_agent.cli import main


def test_without_a_command_it_prints_its_help_as_a_mistake(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "shoal-agent new my-agent" in printed.err


@pytest.mark.parametrize("command", ["run", "new", "send"])
def test_every_command_is_listed_and_has_an_example(
    capsys: pytest.CaptureFixture[str], command: str
) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    assert f"\n    {command} " in capsys.readouterr().out
    with pytest.raises(SystemExit, match="0"):
        main([command, "--help"])
    assert f"\n  shoal-agent {command}" in capsys.readouterr().out


def test_the_help_of_run_has_the_contract_s_names_and_exit_codes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        main(["run", "--help"])
    printed = capsys.readouterr().out
    assert all(name in printed for name in (contract.QUEUE_URL, contract.CONCURRENCY))
    codes = [int(line.split()[0]) for line in printed.partition("exit codes:\n")[2].splitlines()]
    assert codes == [int(code) for code in contract.ExitCode if code != contract.ExitCode.CRASHED]


def test_running_an_agent_imports_nothing_that_only_developers_need() -> None:
    program = """
import sys
from shoal_agent import agent
from shoal_agent.cli import main
agent.run_agent = lambda *_, **__: 0
main(["run", "work:handle"])
print(*sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"SHOAL_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/1/q"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    loaded = set(done.stdout.split())
    assert "shoal_agent.agent" in loaded
    for absent in ("watch", "send", "project", "testing", "text_lines", "pytest_plugin"):
        assert f"shoal_agent.{absent}" not in loaded
    assert not {"watchfiles", "pytest", "botocore"} & loaded
