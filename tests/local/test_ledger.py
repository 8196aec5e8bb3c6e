"""The books of a run: what ended how, what came twice, what is lost."""

import asyncio
import json
from typing import Any

import pytest

from shoal_agent import Message, Reject
from shoal_local.attempt_log import log_attempts, read_attempt
from shoal_local.ledger import Attempt, AttemptReport, Ledger


def _report(
    identity: str, attempt: Attempt, receive_count: int = 1, **times: float
) -> AttemptReport:
    return AttemptReport(identity, attempt, receive_count, **times)  # type: ignore[arg-type]


def _message(receive_count: int = 1) -> Message:
    attributes = {"SentTimestamp": "1000", "ApproximateReceiveCount": str(receive_count)}
    return Message({"MessageId": "m", "Body": "x", "Attributes": attributes})


def _reported(output: str) -> AttemptReport:
    (line,) = output.splitlines()
    report = read_attempt(line)
    assert report is not None
    return report


def test_a_message_is_lost_if_no_agent_and_no_queue_knows_it() -> None:
    ledger = Ledger(sent={"done": "a", "dead": "b", "waiting": "c", "gone": "d"})
    ledger.enter(_report("done", Attempt.DONE))
    ledger.enter(_report("dead", Attempt.REJECTED))
    assert ledger.lost(["dead", "waiting"]) == {"gone"}
    assert ledger.open == 2


def test_a_rejection_that_never_reached_the_dead_letter_queue_is_a_loss() -> None:
    ledger = Ledger(sent={"m": "a"})
    ledger.enter(_report("m", Attempt.REJECTED))
    assert ledger.lost([]) == {"m"}


def test_a_retried_message_counts_once_as_done_and_once_as_redelivered() -> None:
    ledger = Ledger(sent={"m": "a"})
    ledger.enter(_report("m", Attempt.RETRIED, 1, wait_s=1.0, processing_s=9.0))
    assert (ledger.open, ledger.redelivered) == (1, 0)
    ledger.enter(_report("m", Attempt.DONE, 2, wait_s=30.0, processing_s=2.0))
    assert (ledger.open, ledger.redelivered, len(ledger.done)) == (0, 1, 1)
    assert ledger.processing_s == [2.0]
    assert ledger.waits_s == [], "the wait before a retry is not the queue's"


def test_a_handler_that_returns_reports_a_message_done(capsys: pytest.CaptureFixture[str]) -> None:
    assert log_attempts(lambda message: message.body)(_message(receive_count=3)) == "x"
    report = _reported(capsys.readouterr().err)
    assert (report.message_id, report.attempt, report.receive_count) == ("m", Attempt.DONE, 3)
    assert report.wait_s is not None
    assert report.wait_s > 1_000_000, "sent in 1970"


def test_a_rejection_passes_through_and_is_reported_with_its_reason(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def handle(_message: Message) -> None:
        raise Reject("no image")

    with pytest.raises(Reject):
        log_attempts(handle)(_message())
    report = _reported(capsys.readouterr().err)
    assert (report.attempt, report.reason) == (Attempt.REJECTED, "no image")


def test_any_other_error_is_reported_as_an_attempt_to_be_retried(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def handle(_message: Message) -> None:
        raise ValueError("not today")

    wrapped = log_attempts(handle)
    assert asyncio.iscoroutinefunction(wrapped), "an async handler stays one"
    with pytest.raises(ValueError, match="not today"):
        asyncio.run(wrapped(_message()))
    report = _reported(capsys.readouterr().err)
    assert (report.attempt, report.reason) == (Attempt.RETRIED, "ValueError('not today')")


@pytest.mark.parametrize("line", ["", "plain text", json.dumps({"text": "drained"})])
def test_another_line_of_an_agent_is_no_report(line: str) -> None:
    assert read_attempt(line) is None


def test_reasons_of_any_text_survive_the_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    reason: Any = 'line one\nline "two" ü'

    def handle(_message: Message) -> None:
        raise Reject(reason)

    with pytest.raises(Reject):
        log_attempts(handle)(_message())
    assert _reported(capsys.readouterr().err).reason == reason
