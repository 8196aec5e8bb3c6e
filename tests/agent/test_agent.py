"""An agent as a process of its own, on a queue in moto."""

import pytest
from tests.agent.conftest import Bench, Queues

WAYS = ["async", "thread", "process"]


def source(way: str, body: str) -> str:
    """Return a handler of the kind that this isolation runs."""
    kind = "async def" if way == "async" else "def"
    return f"{kind} handle(message):\n    {body}\n"


@pytest.mark.parametrize("way", WAYS)
def test_every_message_is_handled_and_deleted(bench: Bench, queues: Queues, way: str) -> None:
    for number in range(15):
        queues.send(f"{number}")
    agent = bench.start(
        queues, source(way, "note(message.body)"), SHOAL_ISOLATION=way, SHOAL_CONCURRENCY="4"
    )
    queues.emptied()
    assert agent.drained() == 0
    assert sorted(bench.noted(), key=int) == [f"{number}" for number in range(15)]


@pytest.mark.parametrize("way", WAYS)
def test_a_failed_message_comes_back_and_counts_its_receives(
    bench: Bench, queues: Queues, way: str
) -> None:
    queues.send("x")
    body = "note(message.receive_count); 1 / (message.receive_count - 1)"
    agent = bench.start(queues, source(way, body), SHOAL_ISOLATION=way, SHOAL_RETRY_BASE_S="1")
    queues.emptied()
    assert bench.noted() == ["1", "2"]
    failure = agent.said("failed, to be retried in")
    assert "ZeroDivisionError" in failure["text"]
    assert "handle" in failure["traceback"]
    assert failure["receive_count"] == 1


@pytest.mark.parametrize("way", WAYS)
def test_a_rejected_message_goes_to_the_dead_letter_queue_with_its_reason(
    bench: Bench, queues: Queues, way: str
) -> None:
    message_id = queues.send(
        "bad", MessageAttributes={"colour": {"DataType": "String", "StringValue": "red"}}
    )
    bench.start(queues, source(way, "raise Reject('no \\x00 way')"), SHOAL_ISOLATION=way)
    queues.emptied()
    (letter,) = queues.dead_letters()
    attributes = {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}
    assert letter["Body"] == "bad"
    assert attributes == {
        "colour": "red",
        "shoal.message_id": message_id,
        "shoal.reason": "no ? way",
    }


@pytest.mark.parametrize("way", WAYS)
def test_a_retry_comes_back_after_the_time_asked_for(
    bench: Bench, queues: Queues, way: str
) -> None:
    queues.send("x")
    body = "note(message.receive_count)\n    if message.receive_count == 1: raise Retry(after=0)"
    bench.start(queues, source(way, body), SHOAL_ISOLATION=way, SHOAL_RETRY_BASE_S="600")
    queues.emptied()
    assert bench.noted() == ["1", "2"]


@pytest.mark.parametrize("way", WAYS)
def test_a_handler_that_raises_system_exit_fails_its_message_alone(
    bench: Bench, queues: Queues, way: str
) -> None:
    queues.send("x")
    body = "note('x')\n    if message.receive_count == 1: sys.exit(3)"
    agent = bench.start(queues, source(way, body), SHOAL_ISOLATION=way, SHOAL_RETRY_BASE_S="1")
    queues.emptied()
    assert agent.drained() == 0
    assert bench.noted() == ["x", "x"]


def test_a_class_is_set_up_once_and_torn_down_at_the_end(bench: Bench, queues: Queues) -> None:
    queues.send("x")
    agent = bench.start(
        queues,
        """
        class handle:
            def setup(self):
                note("setup")

            def handle(self, message):
                note("handle")

            def teardown(self):
                note("teardown")
        """,
    )
    queues.emptied()
    assert agent.drained() == 0
    assert bench.noted() == ["setup", "handle", "teardown"]


def test_middleware_named_in_the_environment_wraps_the_handler_outermost_first(
    bench: Bench, queues: Queues
) -> None:
    queues.send("x")
    bench.start(
        queues,
        """
        def named(name):
            def wrap(handle):
                def wrapped(message):
                    note(name)
                    handle(message)
                return wrapped
            return wrap

        outer, inner = named("outer"), named("inner")

        def handle(message):
            note("handle")
        """,
        SHOAL_MIDDLEWARE="work:outer,work:inner",
    )
    queues.emptied()
    assert bench.noted() == ["outer", "inner", "handle"]


def test_a_rejection_without_a_dead_letter_queue_is_retried_and_says_why(
    bench: Bench, queues: Queues
) -> None:
    queues.send("x")
    agent = bench.start(
        queues, "def handle(message):\n    raise Reject('bad')", SHOAL_DEAD_LETTER_QUEUE_URL=""
    )
    said = agent.said("rejected (bad), but SHOAL_DEAD_LETTER_QUEUE_URL is not set")
    assert "to be retried in" in said["text"]
    assert agent.drained() == 0
    assert queues.dead_letters() == []


def test_a_fifo_queue_is_worked_off_in_order_and_rejects_to_a_fifo_queue(
    bench: Bench, fifo_queues: Queues
) -> None:
    for number in range(12):
        fifo_queues.send(f"{number}", MessageGroupId=f"group {number % 2}")
    bench.start(
        fifo_queues,
        """
        def handle(message):
            note(message.body)
            if message.body == "4":
                raise Reject("bad")
        """,
        SHOAL_CONCURRENCY="4",
    )
    fifo_queues.emptied()
    noted = [int(line) for line in bench.noted()]
    assert [number for number in noted if number % 2 == 0] == [0, 2, 4, 6, 8, 10]
    assert [number for number in noted if number % 2 == 1] == [1, 3, 5, 7, 9, 11]
    (letter,) = fifo_queues.dead_letters()
    assert (letter["Body"], letter["Attributes"]["MessageGroupId"]) == ("4", "group 0")
