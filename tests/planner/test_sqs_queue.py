"""Where a message is, and what moves it."""

from shoal_planner.queue_depth import QueueDepth
from shoal_planner.sqs_queue import SqsQueue


def test_a_received_message_is_in_flight_and_a_deleted_one_is_gone() -> None:
    queue = SqsQueue()
    queue.send(0)
    message = queue.receive()
    assert message is not None
    assert queue.depth == QueueDepth(0, 1)
    assert queue.delete(message)
    assert queue.depth == QueueDepth(0, 0)
    assert queue.deleted == 1


def test_a_delayed_message_is_counted_apart_until_its_time() -> None:
    queue = SqsQueue(delay_ms=1_000)
    queue.send(0)
    assert queue.depth == QueueDepth(0, 0, 1)
    assert queue.receive() is None
    queue.advance(1_000)
    assert queue.depth == QueueDepth(1, 0, 0)


def test_a_message_shows_again_when_its_visibility_timeout_ends() -> None:
    queue = SqsQueue()
    queue.send(0)
    message = queue.receive()
    assert message is not None
    queue.show_at(message, 30_000)
    queue.advance(29_999)
    assert queue.receive() is None
    queue.advance(30_000)
    again = queue.receive()
    assert again is message
    assert (message.receive_count, queue.redelivered) == (2, 1)


def test_an_earlier_timeout_does_not_end_a_later_receive() -> None:
    queue = SqsQueue()
    queue.send(0)
    message = queue.receive()
    assert message is not None
    queue.show_at(message, 10)
    queue.show_at(message, 5)
    queue.advance(5)
    assert queue.receive() is message
    queue.advance(10)
    assert queue.depth == QueueDepth(0, 1)


def test_a_delivery_too_many_is_the_dead_letter_queue_instead() -> None:
    queue = SqsQueue(max_receive_count=2)
    queue.send(0)
    for at_ms in (1, 2):
        message = queue.receive()
        assert message is not None
        queue.show_at(message, at_ms)
        queue.advance(at_ms)
    assert queue.receive() is None
    assert queue.dead == 1
    assert queue.depth == QueueDepth(0, 0)


def test_who_held_a_message_too_long_still_deletes_it_and_nobody_gets_it_again() -> None:
    queue = SqsQueue()
    queue.send(0)
    message = queue.receive()
    assert message is not None
    queue.show_at(message, 10)
    queue.advance(10)
    assert queue.delete(message)
    assert queue.receive() is None
    assert not queue.delete(message)
    assert queue.depth == QueueDepth(0, 0)
