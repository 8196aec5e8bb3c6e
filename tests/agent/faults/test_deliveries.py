"""What SQS does by design: messages twice, batches in part, receipt handles that expire."""

import signal

import pytest
from tests.agent._fakes import eventually
from tests.agent.faults._faults import CHANGE, DELETE, RECEIVE, Fault, Way
from tests.agent.faults._scenario import Scenario
from tests.agent.faults._work_queue import DUPLICATED, EXPIRED, RETRIED

WORK = """
async def handle(message):
    begin(message)
    if message.body == "failing" and first(message):
        raise RuntimeError("made up")
    done(message)
"""


def test_a_message_that_is_given_twice_at_once_is_handled_twice_and_deleted(
    scenario: Scenario,
) -> None:
    scenario.look(lambda queue: setattr(queue, "duplicate", 4))
    scenario.send(*["x"] * 12)
    agent = scenario.start(WORK, SHOAL_CONCURRENCY="4")
    scenario.emptied()
    assert agent.drained() == 0
    assert scenario.redelivered() == {DUPLICATED: 4}
    assert len(scenario.notes("handled")) == 12 + 4
    assert len({line.split()[0] for line in scenario.notes("handled")}) == 12


def test_the_entries_that_fail_by_the_services_fault_are_sent_again_alone(
    scenario: Scenario,
) -> None:
    scenario.inject(
        Fault(DELETE, Way.ENTRIES, times=2, code="InternalError"),
        Fault(CHANGE, Way.ENTRIES, times=2, code="InternalError"),
    )
    scenario.send("failing", "failing", *["x"] * 10)
    agent = scenario.start(WORK, SHOAL_CONCURRENCY="12")
    scenario.emptied()
    assert agent.drained() == 0
    # Without a word from the heartbeat: what was to be hidden was, what was done is gone.
    assert scenario.redelivered() == {RETRIED: 2}
    assert len(scenario.notes("handled")) == 12


def test_the_entries_that_fail_by_the_senders_fault_are_let_go_and_come_again(
    scenario: Scenario,
) -> None:
    scenario.expiries = 5  # the first, third, … of a batch of ten
    scenario.inject(Fault(DELETE, Way.ENTRIES, code="ReceiptHandleIsInvalid", sender=True))
    scenario.send(*["x"] * 10)
    agent = scenario.start(WORK, SHOAL_CONCURRENCY="10")
    scenario.emptied()
    again = scenario.redelivered().get(EXPIRED, 0)
    assert 1 <= again <= 5
    said = agent.lines("done, but SQS did not take it: ReceiptHandleIsInvalid")
    assert len(said) == again
    assert agent.drained() == 0


def test_a_message_that_another_agent_has_by_now_is_deleted_by_that_one_alone(
    scenario: Scenario,
) -> None:
    scenario.expiries = 1
    (message_id,) = scenario.send("x")
    waits = """
    def handle(message):
        begin(message)
        wait_for(f"go-{message.receive_count}")
        done(message)
    """
    first = scenario.start(waits, "first")
    scenario.begun(1)
    first.signal(signal.SIGSTOP)  # a machine that pauses for longer than the time-out
    second = scenario.start(waits, "second")
    scenario.begun(2)
    scenario.let("go-1")
    first.signal(signal.SIGCONT)
    assert first.drained() == 0
    # Its delete with the old handle is answered well and does nothing.
    assert [stored.message_id for stored in scenario.look(lambda queue: queue.left)] == [message_id]
    scenario.let("go-2")
    scenario.emptied()
    assert second.drained() == 0


def test_messages_whose_time_is_over_when_the_answer_comes_are_left_alone(
    scenario: Scenario,
) -> None:
    scenario.expiries = 2
    held = Fault(RECEIVE, Way.DELAYED_ANSWER)
    scenario.inject(held)
    scenario.send("x", "x")
    slow = scenario.start(WORK, "slow", SHOAL_CONCURRENCY="2")
    eventually(lambda: len(scenario.look(lambda queue: queue.hidden)) == 2, "not received")
    eventually(lambda: not scenario.look(lambda queue: queue.hidden), "not visible again")
    quick = scenario.start(WORK, "quick")
    scenario.emptied()
    held.release.set()
    slow.said("lapsed while it waited")
    assert len(scenario.notes("handled")) == 2
    assert slow.drained() == 0
    assert quick.drained() == 0


@pytest.mark.parametrize("way", ["async", "process"])
def test_a_fifo_group_keeps_its_order_whatever_fails(fifo_scenario: Scenario, way: str) -> None:
    scenario = fifo_scenario
    scenario.inject(
        Fault(DELETE, Way.RESET, times=2, carried_out=True),
        Fault(DELETE, Way.ENTRIES, code="InternalError"),
        Fault(CHANGE, Way.REFUSE, status=503),
    )
    for number in range(4):
        for group in "ab":
            scenario.send("failing" if number == 1 else "x", group=group)
    kind = "async def" if way == "async" else "def"
    agent = scenario.start(
        WORK.replace("async def", kind), SHOAL_ISOLATION=way, SHOAL_CONCURRENCY="4"
    )
    scenario.emptied()
    assert agent.drained() == 0
    order = [int(line.split()[0].removeprefix("id-")) for line in scenario.notes("handled")]
    for place in range(2):
        of_group = [number for number in order if number % 2 == place]
        assert of_group == sorted(of_group)
        assert len(of_group) == 4
