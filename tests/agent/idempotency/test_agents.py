"""Real agents, in every way to run a handler: what is delivered again is not done again."""

import json
from typing import Any

import pytest
from tests.agent._fakes import AgentProcess, eventually
from tests.agent.conftest import Bench, Queues
from tests.agent.idempotency.conftest import dynamodb

# The handler's work is done and recorded, and then the message is not deleted: the first
# time, what is around the middleware fails.
LOST_DELETES = """
seen = Path(__file__).with_name("seen")

def lose_the_first_delete(handle):
    def lost(message):
        marker = seen.with_name(message.message_id)
        if not marker.exists():
            marker.touch()
            {how}

    async def handle_async(message):
        await handle(message)
        lost(message)

    def handle_sync(message):
        handle(message)
        lost(message)

    return handle_async if asyncio.iscoroutinefunction(handle) else handle_sync

{kind} handle(message):
    note(message.body)
"""
MIDDLEWARE = "work:lose_the_first_delete,shoal_agent.middleware.idempotency:once_per_message"
MODES = [("async", "async def"), ("thread", "def"), ("process", "def"), ("process", "async def")]


def _start(bench: Bench, queues: Queues, table: str, source: str, **more: str) -> AgentProcess:
    environment = {
        "SHOAL_MIDDLEWARE": MIDDLEWARE,
        "SHOAL_IDEMPOTENCY_TABLE": table,
        "SHOAL_RETRY_BASE_S": "0.1",
        **more,
    }
    return bench.start(queues, source, **environment)


def _counted(agent: AgentProcess, result: str, number: int) -> bool:
    line = f'shoal_messages_completed_total{{result="{result}"}} {number}\n'
    return line in agent.get("metrics_port", "/metrics")[1]


@pytest.mark.parametrize(("isolation", "kind"), MODES)
def test_what_is_delivered_again_after_its_completion_is_skipped(
    bench: Bench, queues: Queues, table: str, isolation: str, kind: str
) -> None:
    message_ids = [queues.send(f"{number}") for number in range(3)]
    source = LOST_DELETES.format(kind=kind, how="raise OSError('the delete is lost')")
    agent = _start(bench, queues, table, source, SHOAL_ISOLATION=isolation, SHOAL_CONCURRENCY="2")
    queues.emptied()
    eventually(lambda: _counted(agent, "retried", 3) and _counted(agent, "skipped", 3))
    assert agent.drained() == 0
    assert sorted(bench.noted()) == ["0", "1", "2"]
    assert {line["message_id"] for line in agent.lines("skipped: ")} == set(message_ids)
    items = dynamodb(queues.endpoint).scan(TableName=table)["Items"]
    assert {item["id"]["S"] for item in items} == {f"work.handle#{one}" for one in message_ids}
    assert {item["status"]["S"] for item in items} == {"COMPLETED"}


def test_what_a_process_completed_before_it_died_is_not_done_again(
    bench: Bench, queues: Queues, table: str
) -> None:
    queues.send("a")
    source = LOST_DELETES.format(kind="def", how="os._exit(3)")
    agent = _start(bench, queues, table, source, SHOAL_ISOLATION="process")
    agent.said("skipped: ")
    queues.emptied()
    assert agent.drained() == 0
    assert bench.noted() == ["a"]


def test_what_died_before_its_completion_is_done_once_its_lease_is_over(
    bench: Bench, queues: Queues, table: str
) -> None:
    queues.send("a")
    source = f"""
    from shoal_agent.idempotency import DynamoDbStore
    from shoal_agent.middleware.idempotency import idempotent

    @idempotent(store=DynamoDbStore("{table}"), lease_s=1.5)
    def handle(message):
        note(f"{{message.receive_count}}")
        if message.receive_count == 1:
            os._exit(3)
    """
    agent = _start(bench, queues, table, source, SHOAL_MIDDLEWARE="")
    queues.emptied()
    assert agent.drained() == 0
    first, second = map(int, bench.noted())
    assert (first, second > 1) == (1, True)
    if second > 2:
        assert agent.lines("is in progress elsewhere")


@pytest.mark.parametrize(("isolation", "kind"), MODES)
def test_of_messages_with_one_key_one_alone_is_handled(
    bench: Bench, queues: Queues, table: str, isolation: str, kind: str
) -> None:
    for serial in range(6):
        queues.send(json.dumps({"order": serial % 2, "serial": serial}))
    source = f"""
    from shoal_agent.idempotency import DynamoDbStore
    from shoal_agent.middleware.idempotency import idempotent

    @idempotent(store=DynamoDbStore("{table}"), key=lambda message: message.json()["order"])
    {kind} handle(message):
        note(message.json()["order"])
    """
    agent = _start(
        bench,
        queues,
        table,
        source,
        SHOAL_MIDDLEWARE="",
        SHOAL_ISOLATION=isolation,
        SHOAL_CONCURRENCY="2",
    )
    queues.emptied()
    assert agent.drained() == 0
    assert sorted(bench.noted()) == ["0", "1"]


def test_a_missing_table_s_name_ends_the_agent_with_one_sentence(
    bench: Bench, queues: Queues
) -> None:
    once: dict[str, Any] = {"SHOAL_MIDDLEWARE": MIDDLEWARE.partition(",")[2]}
    agent = bench.start(queues, "def handle(message): ...", **once)
    assert agent.ended() == 64
    assert "".join(agent.output) == (
        "shoal-agent: SHOAL_IDEMPOTENCY_TABLE is not set: the middleware once_per_message keeps "
        "what is done in a DynamoDB table; name it\n"
    )
