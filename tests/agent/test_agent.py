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
