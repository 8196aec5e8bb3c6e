"""Credentials that are rotated under a running agent: it finds the next ones, and goes on."""

import time

import pytest
from tests.agent._fakes import eventually
from tests.agent.faults._faults import CHANGE, DELETE, SEND
from tests.agent.faults._key_source import key_source
from tests.agent.faults._scenario import Scenario

from shoal_agent.contract import ExitCode

WORK = """
async def handle(message):
    begin(message)
    done(message)
"""
WAITS = """
def handle(message):
    begin(message)
    wait_for("go")
    if message.body == "rejected":
        raise Reject("made up")
    done(message)
"""

# As SQS refuses them: sessions that have ended, and keys that are there no more.
ENDS = [
    ("endpoint", "ExpiredToken"),
    ("process", "ExpiredTokenException"),
    ("file", "InvalidClientTokenId"),
]


@pytest.mark.parametrize(("kind", "code"), ENDS)
def test_when_its_keys_have_ended_the_agent_goes_on_with_the_next(
    scenario: Scenario, kind: str, code: str
) -> None:
    keys = key_source(scenario, kind)
    scenario.send(*["x"] * 10)
    agent = scenario.start(WORK, SHOAL_CONCURRENCY="4", **keys.environment)
    scenario.emptied()
    old, new = keys.key, keys.rotate(code)
    scenario.send(*["x"] * 10)
    scenario.emptied()
    assert agent.drained() == 0
    assert scenario.redelivered() == {}
    assert scenario.server.refusals[old] > 0
    assert scenario.server.accepted[DELETE, new] > 0


def test_keys_are_renewed_before_they_end(scenario: Scenario) -> None:
    keys = key_source(scenario, "endpoint", lifetime_s=8)
    agent = scenario.start(WORK, **keys.environment).ready()
    ((_, first),) = scenario.server.accepted
    scenario.send("x")
    eventually(lambda: time.time() > scenario.server.key_ends_s[first], "the keys do not end")
    scenario.send("x")
    scenario.emptied()
    assert agent.drained() == 0
    assert scenario.server.refusals == {}
    assert scenario.redelivered() == {}


def test_keys_that_end_while_handlers_run_delay_neither_heartbeat_nor_end(
    scenario: Scenario,
) -> None:
    keys = key_source(scenario, "endpoint")
    scenario.send("x", "rejected")
    environment = {"SHOAL_CONCURRENCY": "2", "SHOAL_VISIBILITY_TIMEOUT_S": "6"}
    agent = scenario.start(WAITS, **environment, **keys.environment)
    scenario.begun(2)
    second = keys.rotate("ExpiredToken")
    eventually(lambda: scenario.server.accepted[CHANGE, second] > 0, "no heartbeat")
    third = keys.rotate("ExpiredToken")
    scenario.let("go")
    scenario.emptied()
    assert agent.drained() == 0
    assert scenario.redelivered() == {}
    assert scenario.look(lambda queue: queue.rejected) == ["id-1"]
    assert scenario.server.accepted[SEND, third] == 1
    assert scenario.server.accepted[DELETE, third] > 0


@pytest.mark.parametrize("next_keys", ["the same", "refused as well", "none"])
def test_with_keys_that_are_refused_for_ever_the_agent_ends_with_a_sentence(
    scenario: Scenario, next_keys: str
) -> None:
    keys = key_source(scenario, "endpoint")
    scenario.send("x")
    agent = scenario.start(WAITS, **keys.environment)
    scenario.begun()
    if next_keys == "the same":
        keys.refuse(keys.key, "ExpiredToken")
    elif next_keys == "refused as well":
        keys.refuse(keys.rotate("ExpiredToken"), "InvalidClientTokenId")
    else:
        keys.remove()
        keys.refuse(keys.key, "ExpiredToken")
    scenario.let("go")
    assert agent.ended() == ExitCode.CREDENTIALS
    assert "SQS refuses the AWS credentials: " in agent.said("stopped: ")["text"]
    # Its delete was refused: the message is SQS's to give to another agent.
    assert [stored.message_id for stored in scenario.look(lambda queue: queue.left)] == ["id-0"]
