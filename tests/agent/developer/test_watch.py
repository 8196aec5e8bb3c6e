"""A developer's agent: it starts again when its code changes, and stops once."""

import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import dedent

import pytest
from tests.agent._fakes import AgentProcess, eventually
from tests.agent.conftest import Bench, Queues

from shoal_agent import watch
from shoal_agent.cli import main

OLD = "def handle(message):\n    note(f'old {message.body}')"
NEW = OLD.replace("old", "new")


def change(bench: Bench, before: str, after: str) -> None:
    """Edit the handler's file."""
    file = bench.folder / "work.py"
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, after))


def printed(agent: AgentProcess, text: str) -> str:
    """Wait for a line of the supervisor's."""

    def find() -> str | None:
        return next((line for line in tuple(agent.output) if text in line), None)

    return str(eventually(find, f"no line with {text!r}: {agent.output}"))


def test_a_change_of_a_python_file_starts_the_agent_again_and_says_which(
    bench: Bench, queues: Queues
) -> None:
    agent = bench.start(queues, OLD, "--watch")
    queues.send("a")
    eventually(lambda: bench.noted() == ["old a"], "a was not handled")
    change(bench, "old", "new")
    assert printed(agent, "changed") == "shoal-agent: work.py changed: starting again\n"
    queues.send("b")
    eventually(lambda: bench.noted() == ["old a", "new b"], "b was not handled")
    assert agent.drained() == 0


def test_what_a_handler_writes_beside_itself_starts_nothing_again(
    bench: Bench, queues: Queues
) -> None:
    agent = bench.start(queues, OLD, "--watch")
    queues.send("a")
    eventually(bench.noted)
    (bench.folder / "result.json").write_text("{}")
    (bench.folder / "other.py").write_text("")
    assert printed(agent, "changed") == "shoal-agent: other.py changed: starting again\n"
    assert agent.drained() == 0


def test_an_agent_that_ends_of_an_error_waits_for_the_next_change(
    bench: Bench, queues: Queues
) -> None:
    agent = bench.start(queues, f"import nowhere\n{OLD}", "--watch")
    printed(agent, "No module named 'nowhere'")
    assert "exit code 64" in printed(agent, "waiting for a change")
    change(bench, "import nowhere", "")
    queues.send("a")
    eventually(lambda: bench.noted() == ["old a"], "a was not handled")
    assert agent.drained() == 0


def test_stopping_while_it_waits_for_a_change_keeps_the_agent_s_exit_code(
    bench: Bench, queues: Queues
) -> None:
    agent = bench.start(queues, "import nowhere", "--watch")
    printed(agent, "waiting for a change")
    assert agent.drained() == 64


def test_ctrl_c_drains_the_agent_once(bench: Bench, queues: Queues) -> None:
    source = """
    def handle(message):
        note(os.getpgid(0))
        while not Path(__file__).with_name("go").exists():
            time.sleep(0.01)
        note("done")
    """
    agent = bench.start(queues, dedent(source), "--watch", SHOAL_LOG_FORMAT="json")
    queues.send("a")
    eventually(bench.noted)
    agent.signal(signal.SIGINT)
    agent.said("draining")
    (bench.folder / "go").touch()
    assert agent.ended() == 0
    assert bench.noted()[-1] == "done"
    assert queues.backlog() == (0, 0)
    # A terminal sends Ctrl-C to its whole group, and the agent must hear it once.
    assert bench.noted()[0] != str(os.getpgid(0))
    assert len(agent.lines("drained")) == 1


def test_a_second_signal_hurries_the_agent_which_gives_its_message_back(
    bench: Bench, queues: Queues
) -> None:
    agent = bench.start(
        queues,
        "def handle(message):\n    note('begun')\n    time.sleep(600)",
        "--watch",
        SHOAL_LOG_FORMAT="json",
    )
    queues.send("a")
    eventually(bench.noted)
    agent.signal(signal.SIGINT)
    agent.said("draining")
    agent.signal(signal.SIGINT)
    assert agent.ended() == 0
    assert queues.backlog() == (1, 0)


def test_a_long_job_does_not_hold_up_the_new_code(bench: Bench, queues: Queues) -> None:
    agent = bench.start(
        queues, f"{OLD}\n    if 'old' == 'o' + 'ld':\n        time.sleep(600)", "--watch"
    )
    queues.send("a")
    eventually(bench.noted)
    change(bench, "old", "new")
    eventually(lambda: bench.noted() == ["old a", "new a"], "a was not given back")
    assert agent.drained() == 0


def test_logs_are_text_for_people_unless_json_is_asked_for(bench: Bench, queues: Queues) -> None:
    source = """
    import logging

    def handle(message):
        logging.warning("hello")
        raise OSError("made up")
    """
    agent = bench.start(queues, dedent(source), "--watch")
    message_id = queues.send("a")
    assert f" WARNING [{message_id[:8]}] hello\n" in printed(agent, "hello")
    printed(agent, "OSError: made up")
    printed(agent, "Traceback")
    assert agent.drained() == 0
    assert agent.lines("") == []


def test_without_watchfiles_it_says_what_to_install(bench: Bench, queues: Queues) -> None:
    absent = Path(bench.folder) / "watchfiles.py"
    absent.write_text("raise ModuleNotFoundError('made up')")
    agent = bench.start(queues, OLD, "--watch")
    assert agent.ended() == 64
    assert agent.output == [
        "shoal-agent: --watch needs the package watchfiles: pip install 'shoal[watch]'\n"
    ]


def test_a_wrong_setting_ends_it_at_once(bench: Bench, queues: Queues) -> None:
    agent = bench.start(queues, OLD, "--watch", SHOAL_CONCURRENCY="many")
    assert agent.ended() == 64
    assert "SHOAL_CONCURRENCY='many'" in agent.output[0]


def test_an_agent_logs_as_text_where_the_option_says_so(bench: Bench, queues: Queues) -> None:
    agent = bench.start(queues, OLD, "--log-format", "text")
    assert " INFO    listening health_port=" in printed(agent, "listening")
    assert agent.drained() == 0
    assert agent.lines("") == []


def test_a_watched_agent_polls_shortly_and_logs_text_unless_told_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It ends when its open poll does, and a developer waits for that."""
    given: list[Mapping[str, str]] = []

    def remember(command: Sequence[str], _: Path, environ: Mapping[str, str]) -> int:
        assert command[-2:] == ["run", "work:handle"]
        given.append(environ)
        return 0

    monkeypatch.setattr(watch, "run_watched", remember)
    monkeypatch.setenv("SHOAL_QUEUE_URL", "https://sqs.eu-west-1.amazonaws.com/1/q")
    assert main(["run", "--watch", "work:handle"]) == 0
    monkeypatch.setenv("SHOAL_POLL_WAIT_S", "20")
    assert main(["run", "--watch", "work:handle", "--log-format", "json"]) == 0
    chosen = [(each["SHOAL_POLL_WAIT_S"], each["SHOAL_LOG_FORMAT"]) for each in given]
    assert chosen == [("1", "text"), ("20", "json")]
