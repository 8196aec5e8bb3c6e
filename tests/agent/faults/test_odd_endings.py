"""Handlers that end in ways that are hard to describe: no message may hang on the description."""

import pytest
from tests.agent.faults._scenario import Scenario
from tests.agent.faults._work_queue import RETRIED

RAISES = """
class Mute(Exception):
    def __str__(self):
        raise RuntimeError("no words")

class Later(Retry):
    def __init__(self): ...

class Refused(Reject):
    def __init__(self, why):
        self.why = why

{kind} handle(message):
    begin(message)
    if message.body == "rejected":
        raise Refused("made up")
    if first(message):
        if message.body == "never again":
            raise Retry(after=float("inf"))
        if message.body == "later":
            raise Later
        if message.body == "mute":
            raise Mute
        if message.body == "surrogate":
            raise RuntimeError(chr(0xD800) + " made up")
        raise RuntimeError("long " * 1_000_000)
    done(message)
"""
WAYS = {
    "async": ("async def", "auto"),
    "thread": ("def", "thread"),
    "process": ("def", "process"),
    "async in a process": ("async def", "process"),
}
BODIES = ["never again", "later", "mute", "surrogate", "long"]


@pytest.mark.parametrize("way", WAYS)
def test_an_ending_that_cannot_be_described_is_an_ending_all_the_same(
    scenario: Scenario, way: str
) -> None:
    kind, isolation = WAYS[way]
    scenario.send(*BODIES, "rejected")
    agent = scenario.start(
        RAISES.format(kind=kind), SHOAL_ISOLATION=isolation, SHOAL_CONCURRENCY="2"
    )
    scenario.emptied()
    assert agent.drained() == 0
    assert scenario.redelivered() == {RETRIED: len(BODIES)}
    assert len(scenario.notes("handled")) == len(BODIES)
    (letter,) = scenario.look(lambda queue: queue.letters)
    assert letter["MessageAttributes"]["shoal.reason"]["StringValue"] == "made up"
    assert not agent.lines("a defect of the agent")
    assert all(len(line) < 100_000 for line in agent.output)
