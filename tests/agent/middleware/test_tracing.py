"""Spans of handled messages, as an SDK exports them."""

import asyncio
import json
import logging
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry import baggage, context, trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from shoal_agent import Message, Reject, Retry, contract
from shoal_agent.ending import Skip
from shoal_agent.handler import Handle, is_async
from shoal_agent.log_lines import JsonLines
from shoal_agent.middleware import tracing
from shoal_agent.middleware.tracing import span_context_of_xray, traced

TRACE_ID, SPAN_ID = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
TRACEPARENT = f"00-{TRACE_ID}-{SPAN_ID}-01"
QUEUE_URL = "https://sqs.eu-west-1.amazonaws.com/1/work"


@pytest.fixture
def exporter(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """Have the middleware's spans exported into memory."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(tracing, "_tracer", provider.get_tracer("shoal_agent"))
    monkeypatch.setenv(contract.QUEUE_URL, QUEUE_URL)
    yield exporter
    provider.shutdown()


def _message(
    attributes: Mapping[str, str] | None = None, trace_header: str | None = None
) -> Message:
    raw: dict[str, Any] = {
        "MessageId": "m1",
        "Body": "x",
        "Attributes": {"ApproximateReceiveCount": "3"},
        "MessageAttributes": {
            name: {"DataType": "String", "StringValue": text}
            for name, text in (attributes or {}).items()
        },
    }
    if trace_header is not None:
        raw["Attributes"]["AWSTraceHeader"] = trace_header
    return Message(raw)


def _run(message: Message, handle: Handle, *, raises: type[BaseException] | None = None) -> None:
    wrapped = traced(handle)

    def run() -> None:
        result = wrapped(message)
        if is_async(wrapped):
            asyncio.run(result)

    if raises is None:
        run()
        return
    with pytest.raises(raises):
        run()


def _only(exporter: InMemorySpanExporter) -> ReadableSpan:
    (span,) = exporter.get_finished_spans()
    return span


def _raising(error: BaseException) -> Handle:
    def handle(_: Message) -> None:
        raise error

    return handle


def test_a_span_has_the_name_and_attributes_of_the_conventions(
    exporter: InMemorySpanExporter,
) -> None:
    _run(_message(), lambda _: None)
    span = _only(exporter)
    assert span.name == "process work"
    assert span.kind is SpanKind.CONSUMER
    assert span.parent is None
    assert span.status.status_code is StatusCode.UNSET
    assert dict(span.attributes or {}) == {
        "messaging.system": "aws_sqs",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": "work",
        "messaging.message.id": "m1",
        "aws.sqs.queue.url": QUEUE_URL,
        "shoal.receive_count": 3,
        "shoal.outcome": "done",
    }


def test_every_attribute_of_messaging_is_one_that_the_conventions_know() -> None:
    from opentelemetry.semconv._incubating.attributes import (  # noqa: PLC0415 - by name
        messaging_attributes,
    )

    known = {value for name, value in vars(messaging_attributes).items() if name.isupper()}
    _, used = tracing._destination(QUEUE_URL)
    ours = {name for name in used if name.startswith("messaging.")} | {"messaging.message.id"}
    assert ours <= known
    systems = messaging_attributes.MessagingSystemValues
    operations = messaging_attributes.MessagingOperationTypeValues
    assert used["messaging.system"] == systems.AWS_SQS.value
    assert used["messaging.operation.type"] == operations.PROCESS.value


def test_a_span_is_linked_to_the_sender_s_and_is_not_its_child(
    exporter: InMemorySpanExporter,
) -> None:
    _run(_message({"traceparent": TRACEPARENT, "tracestate": "a=b"}), lambda _: None)
    span = _only(exporter)
    assert span.parent is None
    (link,) = span.links
    assert trace.format_trace_id(link.context.trace_id) == TRACE_ID
    assert trace.format_span_id(link.context.span_id) == SPAN_ID
    assert link.context.trace_state.get("a") == "b"
    assert link.context.is_remote
    assert span.context is not None
    assert span.context.trace_id != link.context.trace_id


def test_a_span_around_the_agent_s_work_stays_the_parent(exporter: InMemorySpanExporter) -> None:
    tracer = tracing._tracer
    with tracer.start_as_current_span("around") as around:
        _run(_message({"traceparent": TRACEPARENT}), lambda _: None)
        _run(_message(), lambda _: None)
    linked, bare, _ = exporter.get_finished_spans()
    for span in (linked, bare):
        assert span.parent is not None
        assert span.parent.span_id == around.get_span_context().span_id
    assert (len(linked.links), len(bare.links)) == (1, 0)


def test_the_sender_s_baggage_is_the_handler_s(exporter: InMemorySpanExporter) -> None:
    seen: list[object] = []
    attributes = {"traceparent": TRACEPARENT, "baggage": "tenant=blue"}
    _run(_message(attributes), lambda _: seen.append(baggage.get_baggage("tenant")))
    assert seen == ["blue"]
    assert baggage.get_all(context.get_current()) == {}
    assert len(exporter.get_finished_spans()) == 1


def test_the_trace_header_of_aws_stands_in_where_no_attribute_says(
    exporter: InMemorySpanExporter,
) -> None:
    header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
    _run(_message(trace_header=header), lambda _: None)
    _run(_message({"traceparent": TRACEPARENT}, header), lambda _: None)
    by_header, by_attribute = exporter.get_finished_spans()
    found = by_header.links[0].context
    assert trace.format_trace_id(found.trace_id) == "5759e988bd862e3fe1be46a994272793"
    assert trace.format_span_id(found.span_id) == "53995c3f42cd8ad8"
    assert found.trace_flags.sampled
    assert trace.format_trace_id(by_attribute.links[0].context.trace_id) == TRACE_ID


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Root=1-5759e988-bd862e3fe1be46a994272793",
        "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad",
        "Root=1-00000000-000000000000000000000000;Parent=53995c3f42cd8ad8",
        "Root=2-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8",
    ],
)
def test_a_header_that_names_no_span_is_no_link(header: str) -> None:
    assert span_context_of_xray(header) is None


@given(header=st.text(alphabet="RootParentSampled=1-;0af ", max_size=90) | st.text())
def test_no_header_makes_a_message_fail(header: str) -> None:
    found = span_context_of_xray(header)
    assert found is None or found.is_valid


@given(
    trace_id=st.integers(1, 2**128 - 1), span_id=st.integers(1, 2**64 - 1), sampled=st.booleans()
)
def test_every_header_that_names_a_span_is_read(
    trace_id: int, span_id: int, *, sampled: bool
) -> None:
    text = f"{trace_id:032x}"
    header = f"Self=1-2-3;Root=1-{text[:8]}-{text[8:]};Parent={span_id:016x};Sampled={sampled:d}"
    found = span_context_of_xray(header)
    assert found is not None
    assert (found.trace_id, found.span_id) == (trace_id, span_id)
    assert found.trace_flags.sampled is sampled


OUTCOMES: list[tuple[BaseException, str, StatusCode, str | None]] = [
    (Retry(after=5), "retry", StatusCode.UNSET, None),
    (Retry(), "retry", StatusCode.UNSET, None),
    (Skip("done before"), "skipped", StatusCode.UNSET, None),
    (Reject("no image"), "reject", StatusCode.ERROR, "shoal_agent.Reject"),
    (OSError("made up"), "failed", StatusCode.ERROR, "OSError"),
    (json.JSONDecodeError("x", "y", 0), "failed", StatusCode.ERROR, "json.decoder.JSONDecodeError"),
    (SystemExit(1), "failed", StatusCode.ERROR, "SystemExit"),
]


@pytest.mark.parametrize(("error", "outcome", "code", "kind"), OUTCOMES, ids=repr)
def test_how_a_message_has_ended_is_on_its_span(
    exporter: InMemorySpanExporter,
    error: BaseException,
    outcome: str,
    code: StatusCode,
    kind: str | None,
) -> None:
    _run(_message(), _raising(error), raises=type(error))
    span = _only(exporter)
    attributes = span.attributes or {}
    assert attributes["shoal.outcome"] == outcome
    assert span.status.status_code is code
    assert attributes.get("error.type") == kind
    assert [event.name for event in span.events] == (["exception"] if outcome == "failed" else [])


def test_a_handler_s_own_spans_and_log_lines_belong_to_its_message_s_span(
    exporter: InMemorySpanExporter, caplog: pytest.LogCaptureFixture
) -> None:
    lines: list[dict[str, Any]] = []

    async def handle(_: Message) -> None:
        await asyncio.sleep(0)
        with tracing._tracer.start_as_current_span("inner"):
            record = logging.makeLogRecord({"msg": "hello"})
            lines.append(json.loads(JsonLines().format(record)))

    _run(_message(), handle)
    inner, outer = exporter.get_finished_spans()
    assert inner.parent is not None
    assert outer.context is not None
    assert inner.parent.span_id == outer.context.span_id
    assert lines[0]["trace_id"] == trace.format_trace_id(outer.context.trace_id)
    assert lines[0]["span_id"] == trace.format_span_id(outer.context.span_id)
    after = json.loads(JsonLines().format(logging.makeLogRecord({"msg": "after"})))
    assert "trace_id" not in after
    assert caplog.records == []


def test_without_an_sdk_nothing_is_made_and_nothing_logged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tracing, "_tracer", trace.NoOpTracerProvider().get_tracer("shoal_agent"))
    lines: list[dict[str, Any]] = []

    def handle(_: Message) -> None:
        assert not trace.get_current_span().is_recording()
        lines.append(json.loads(JsonLines().format(logging.makeLogRecord({"msg": "hello"}))))

    _run(_message(), handle)
    assert "trace_id" not in lines[0]


def test_a_queue_that_nobody_names_leaves_the_operation_as_the_name() -> None:
    assert tracing._destination("")[0] == "process"


def test_without_opentelemetry_one_sentence_names_the_extra() -> None:
    program = (
        "import sys\n"
        "sys.modules['opentelemetry'] = None\n"
        "from shoal_agent.handler import load_handler\n"
        "try:\n"
        "    load_handler('json:loads', ['shoal_agent.middleware.tracing:traced'])\n"
        "except Exception as error:\n"
        "    print(type(error).__name__, error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == (
        "ConfigurationError the middleware 'shoal_agent.middleware.tracing:traced' cannot be "
        "imported: ImportError: OpenTelemetry's API is not installed; "
        "pip install 'shoal[tracing]'\n"
    )
