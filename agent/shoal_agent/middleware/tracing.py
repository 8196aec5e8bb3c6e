"""A span for every message that is handled, linked to the span of whoever sent it.

``SHOAL_MIDDLEWARE=shoal_agent.middleware.tracing:traced`` and the extra ``tracing``. Where the
spans go is for the image to say: the handler's ``setup`` (or ``opentelemetry-instrument``)
installs an SDK with an exporter; without one this costs a few microseconds and makes nothing.

The span is the "process" span of OpenTelemetry's conventions for messaging (1.44):
opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/. It is linked to the context
in which the message was created, and not that context's child. The conventions make links
the default, and allow a parent for single messages; against the parent speaks that a
message is handled again after a failure, perhaps hours later, perhaps by a redrive of the
dead-letter queue: each attempt would be added to a trace that its sender closed long ago,
past the window in which a tail sampler still decides on it. Each attempt is a trace of its
own instead, and all of them link to the one sender. Baggage comes along all the same.

    returned, Skip   outcome done, skipped; the status stays unset
    Retry            outcome retry; unset as well: the handler says "not yet", nothing failed
    Reject           outcome reject; an error: the message will not be handled, and somebody
                     has to look at it in the dead-letter queue
    anything else    outcome failed; an error, with the exception as an event

A handler that is killed, in a process of its own, leaves no span.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from urllib.parse import urlsplit

from shoal_agent import contract
from shoal_agent.ending import Reject, Retry, Skip
from shoal_agent.log_lines import more_fields
from shoal_agent.message import Message
from shoal_agent.middleware.around import around

try:
    from opentelemetry import context, propagate, trace
    from opentelemetry.context import Context
    from opentelemetry.trace import Link, Span, SpanContext, SpanKind, Status, StatusCode
except ModuleNotFoundError as error:
    raise ImportError(
        "OpenTelemetry's API is not installed; pip install 'shoal[tracing]'"
    ) from error

OUTCOME = "shoal.outcome"
RECEIVE_COUNT = "shoal.receive_count"

# docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
_XRAY_ROOT = re.compile(r"(?:^|;)\s*Root=1-([0-9a-f]{8})-([0-9a-f]{24})(?:;|$)", re.IGNORECASE)
_XRAY_PARENT = re.compile(r"(?:^|;)\s*Parent=([0-9a-f]{16})(?:;|$)", re.IGNORECASE)
_XRAY_SAMPLED = re.compile(r"(?:^|;)\s*Sampled=1(?:;|$)", re.IGNORECASE)

# Until an SDK is installed this makes spans that nobody sees; from then on it asks the SDK.
_tracer = trace.get_tracer("shoal_agent")


@contextmanager
def _span(message: Message) -> Iterator[Message]:
    surroundings, creation = _received(message)
    name, fixed = _destination(os.environ.get(contract.QUEUE_URL, ""))
    attributes: dict[str, str | int] = {
        **fixed,
        "messaging.message.id": message.message_id,
        RECEIVE_COUNT: message.receive_count,
    }
    links = [] if creation is None else [Link(creation)]
    received = context.attach(surroundings)
    try:
        with _tracer.start_as_current_span(
            name,
            kind=SpanKind.CONSUMER,
            attributes=attributes,
            links=links,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            yield from _handled(message, span)
    finally:
        context.detach(received)


def _handled(message: Message, span: Span) -> Iterator[Message]:
    logged = more_fields.set(_ids(span))
    try:
        yield message
    except BaseException as raised:
        _note(span, raised)
        raise
    else:
        span.set_attribute(OUTCOME, "done")
    finally:
        more_fields.reset(logged)


traced = around(_span)
"""The middleware to name in ``SHOAL_MIDDLEWARE``, or to decorate a handler with."""


def _received(message: Message) -> tuple[Context, SpanContext | None]:
    """Return the context to handle a message in, and that in which it was created.

    The message's context is read with the propagators that ``OTEL_PROPAGATORS`` names, which
    are W3C's by default: attributes ``traceparent``, ``tracestate`` and ``baggage``. Where a
    message has none, the trace header of AWS, which Lambda and SNS set, stands in.
    """
    ambient = context.get_current()
    texts = {name: text for name, text in message.attributes.items() if isinstance(text, str)}
    blank = trace.set_span_in_context(trace.INVALID_SPAN, ambient)
    found = propagate.extract(texts, context=blank)
    creation: SpanContext | None = trace.get_current_span(found).get_span_context()
    if creation is None or not creation.is_valid:
        attributes = message.raw.get("Attributes") or {}
        creation = span_context_of_xray(attributes.get("AWSTraceHeader", ""))
    return trace.set_span_in_context(trace.get_current_span(ambient), found), creation


def span_context_of_xray(header: str) -> SpanContext | None:
    """Read ``Root=1-<time>-<id>;Parent=<id>;Sampled=1``; None where it names no parent.

    Read here because the one propagator for it is a package of its own, for three fields.
    """
    root, parent = _XRAY_ROOT.search(header), _XRAY_PARENT.search(header)
    if root is None or parent is None:
        return None
    sampled = _XRAY_SAMPLED.search(header) is not None
    found = SpanContext(
        trace_id=int(root[1] + root[2], 16),
        span_id=int(parent[1], 16),
        is_remote=True,
        trace_flags=trace.TraceFlags(trace.TraceFlags.SAMPLED if sampled else 0),
    )
    return found if found.is_valid else None


@lru_cache(maxsize=1)
def _destination(queue_url: str) -> tuple[str, dict[str, str]]:
    """Return the span's name and the attributes that do not change between messages."""
    attributes = {
        "messaging.system": "aws_sqs",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
    }
    queue = urlsplit(queue_url).path.rpartition("/")[2]
    if not queue:
        return "process", attributes
    attributes["messaging.destination.name"] = queue
    attributes["aws.sqs.queue.url"] = queue_url
    return f"process {queue}", attributes


def _note(span: Span, raised: BaseException) -> None:
    """Record what a handler raised."""
    if isinstance(raised, Skip):
        span.set_attribute(OUTCOME, "skipped")
    elif isinstance(raised, Retry):
        span.set_attribute(OUTCOME, "retry")
        if raised.after_s is not None:
            span.set_attribute("shoal.retry_after_s", raised.after_s)
    elif isinstance(raised, Reject):
        span.set_attribute(OUTCOME, "reject")
        span.set_attribute("error.type", "shoal_agent.Reject")
        span.set_status(Status(StatusCode.ERROR, raised.reason))
    else:
        span.set_attribute(OUTCOME, "failed")
        span.set_attribute("error.type", _name_of(type(raised)))
        span.record_exception(raised)
        span.set_status(Status(StatusCode.ERROR, f"{type(raised).__name__}: {raised}"))


def _name_of(kind: type) -> str:
    module = kind.__module__
    return kind.__qualname__ if module == "builtins" else f"{module}.{kind.__qualname__}"


def _ids(span: Span) -> dict[str, str]:
    """Return the fields that name the span in log lines; none where it is not recorded."""
    found = span.get_span_context()
    if not found.is_valid:
        return {}
    return {
        "trace_id": trace.format_trace_id(found.trace_id),
        "span_id": trace.format_span_id(found.span_id),
    }
