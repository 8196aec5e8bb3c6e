"""Real agents with an SDK: their spans are exported whenever and however a process ends."""

import json
from typing import Any

import pytest
from tests.agent._fakes import AgentProcess
from tests.agent.conftest import Bench, Queues

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
TRACEPARENT = f"00-{TRACE_ID}-b7ad6b7169203331-01"

# The processor's own timer is set so late that only its flush at the process's end exports.
SOURCE = """
import logging
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

class ToFile(SpanExporter):
    def export(self, spans):
        for span in spans:
            text = span.to_json(indent=None)
            with Path(__file__).with_name("spans").open("a") as file:
                file.write(text + "\\n")
        return SpanExportResult.SUCCESS

class handle:
    def setup(self):
        provider = TracerProvider()
        provider.add_span_processor(BatchSpanProcessor(ToFile(), schedule_delay_millis=600_000))
        trace.set_tracer_provider(provider)

    {kind} handle(self, message):
        logging.info("handled")
        if message.body == "bad":
            raise Reject("made up")
        note(message.body)
"""


def _start(bench: Bench, queues: Queues, kind: str, **environment: str) -> AgentProcess:
    traced = "shoal_agent.middleware.tracing:traced"
    return bench.start(queues, SOURCE.format(kind=kind), SHOAL_MIDDLEWARE=traced, **environment)


def _spans(bench: Bench) -> list[dict[str, Any]]:
    file = bench.folder / "spans"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


@pytest.mark.parametrize(
    ("isolation", "kind"),
    [("async", "async def"), ("thread", "def"), ("process", "def"), ("process", "async def")],
)
def test_every_span_is_exported_by_the_end_of_the_drain(
    bench: Bench, queues: Queues, isolation: str, kind: str
) -> None:
    attribute = {"DataType": "String", "StringValue": TRACEPARENT}
    ids = {
        queues.send("good", MessageAttributes={"traceparent": attribute}),
        queues.send("bad", MessageAttributes={"traceparent": attribute}),
    }
    agent = _start(bench, queues, kind, SHOAL_ISOLATION=isolation)
    queues.emptied()
    assert agent.drained() == 0
    spans = _spans(bench)
    assert {span["attributes"]["messaging.message.id"] for span in spans} == ids
    assert {span["attributes"]["shoal.outcome"] for span in spans} == {"done", "reject"}
    queue = queues.url.rpartition("/")[2]
    assert {span["name"] for span in spans} == {f"process {queue}"}
    assert {span["links"][0]["context"]["trace_id"] for span in spans} == {f"0x{TRACE_ID}"}
    assert {span["parent_id"] for span in spans} == {None}
    lines = {line["trace_id"] for line in agent.lines("handled")}
    assert {f"0x{one}" for one in lines} == {span["context"]["trace_id"] for span in spans}


def test_a_process_that_is_replaced_exports_its_spans_before_it_ends(
    bench: Bench, queues: Queues
) -> None:
    for number in range(4):
        queues.send(f"{number}")
    agent = _start(bench, queues, "def", SHOAL_RECYCLE_MESSAGES="1")
    queues.emptied()
    assert agent.drained() == 0
    assert len(_spans(bench)) == 4
    assert sorted(bench.noted()) == ["0", "1", "2", "3"]


def test_an_agent_without_an_sdk_handles_messages_all_the_same(
    bench: Bench, queues: Queues
) -> None:
    queues.send("a")
    traced = "shoal_agent.middleware.tracing:traced"
    source = "def handle(message):\n    note(message.body)"
    agent = bench.start(queues, source, SHOAL_MIDDLEWARE=traced)
    queues.emptied()
    assert agent.drained() == 0
    assert bench.noted() == ["a"]
