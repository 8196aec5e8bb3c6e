"""What operators see and set while an agent runs: probes, metrics, logs, recycling."""

import signal

import pytest
from tests.agent._fakes import eventually
from tests.agent.conftest import Bench, Queues


def test_an_agent_is_alive_and_ready_and_serves_its_metrics(bench: Bench, queues: Queues) -> None:
    queues.send("x")
    agent = bench.start(queues, "def handle(message):\n    note(message.body)").ready()
    queues.emptied()
    assert agent.get("health_port", "/livez") == (200, "ok\n")
    assert agent.get("health_port", "/nothing")[0] == 404
    eventually(
        lambda: 'completed_total{result="done"} 1' in agent.get("metrics_port", "/metrics")[1]
    )
    text = agent.get("metrics_port", "/metrics")[1]
    assert "shoal_messages_received_total 1\n" in text
    assert "shoal_processing_seconds_count 1\n" in text
    assert 'shoal_sqs_requests_total{action="DeleteMessageBatch",outcome="ok"} 1\n' in text


def test_an_agent_that_drains_is_alive_and_not_ready(bench: Bench, queues: Queues) -> None:
    queues.send("x")
    agent = bench.start(
        queues, "def handle(message):\n    note(message.body)\n    time.sleep(600)"
    ).ready()
    eventually(bench.noted)
    agent.signal()
    eventually(lambda: agent.get("health_port", "/readyz") == (503, "draining\n"))
    assert agent.get("health_port", "/livez") == (200, "ok\n")
    agent.signal()
    assert agent.ended() == 0


def test_a_handler_s_own_log_lines_name_its_message(bench: Bench, queues: Queues) -> None:
    message_id = queues.send("x")
    agent = bench.start(
        queues,
        """
        import logging

        def handle(message):
            logging.getLogger("mine").info("hello %s", "you", extra={"colour": "red"})
        """,
    )
    line = agent.said("hello you")
    assert line["message_id"] == message_id
    assert (line["receive_count"], line["colour"], line["logger"]) == (1, "red", "mine")


@pytest.mark.parametrize("kind", ["async def", "def"])
def test_the_log_level_is_raised_and_lowered_while_the_agent_runs(
    bench: Bench, queues: Queues, kind: str
) -> None:
    source = f"""
    import logging

    {kind} handle(message):
        logging.debug(message.body)
        note(message.body)
    """
    agent = bench.start(queues, source).ready()
    for number, body in ((None, "a"), (signal.SIGUSR1, "b"), (signal.SIGUSR2, "c")):
        if number is not None:
            agent.signal(number)
            agent.said(f"log level is now {'DEBUG' if number == signal.SIGUSR1 else 'INFO'}")
        queues.send(body)
        eventually(lambda body=body: body in bench.noted())  # type: ignore[misc]
    assert agent.drained() == 0
    handled = [line["text"] for line in agent.lines("") if line["logger"] == "root"]
    assert handled == ["b"]


def test_an_agent_that_runs_handlers_itself_ends_after_so_many_messages(
    bench: Bench, queues: Queues
) -> None:
    for _ in range(5):
        queues.send("x")
    agent = bench.start(
        queues, "async def handle(message):\n    note('x')", SHOAL_RECYCLE_MESSAGES="3"
    )
    assert agent.ended() == 0
    assert "it has handled" in agent.said("the agent is to be replaced")["text"]
    assert len(bench.noted()) >= 3


def test_a_process_is_replaced_after_so_many_messages(bench: Bench, queues: Queues) -> None:
    for _ in range(4):
        queues.send("x")
    agent = bench.start(
        queues, "def handle(message):\n    note(os.getpid())", SHOAL_RECYCLE_MESSAGES="2"
    )
    queues.emptied()
    assert agent.drained() == 0
    assert len(set(bench.noted())) == 2


def test_a_handler_that_blocks_the_loop_past_the_longest_job_ends_the_process_with_its_stack(
    bench: Bench, queues: Queues
) -> None:
    queues.send("x")
    agent = bench.start(
        queues,
        "async def handle(message):\n    while True: pass",
        SHOAL_LONGEST_JOB_S="0.5",
    )
    assert agent.ended() == 1
    assert any("in handle" in line for line in agent.output)


def test_an_async_handler_leaves_no_process_beside_the_agent(bench: Bench, queues: Queues) -> None:
    (bench.folder / "sitecustomize.py").write_text(
        "import os, pathlib, sys\n"
        "if any('shoal_agent.runners.child' in argument for argument in sys.orig_argv):\n"
        "    with pathlib.Path(__file__).with_name('notes').open('a') as notes:\n"
        "        notes.write('child\\n')\n"
    )
    agent = bench.start(
        queues, "async def handle(message):\n    note(message.body)", PYTHONPATH=str(bench.folder)
    ).ready()
    for number in range(20):
        queues.send(f"{number}")
        eventually(lambda number=number: f"{number}" in bench.noted())  # type: ignore[misc]
    assert agent.drained() == 0
    assert bench.noted().count("child") == 1


def test_a_teardown_that_fails_is_told_and_does_not_change_the_end(
    bench: Bench, queues: Queues
) -> None:
    agent = bench.start(
        queues,
        """
        class handle:
            async def handle(self, message): ...

            def teardown(self):
                raise OSError("made up")
        """,
    ).ready()
    assert agent.drained() == 0
    assert "OSError: made up" in agent.said("draining did not go as it should")["traceback"]
