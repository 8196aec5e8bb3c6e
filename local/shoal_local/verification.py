"""Whether a run did what it should: looked up in the bucket and the queues, not in logs."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from shoal_local.ledger import Ledger
    from shoal_local.workload import Workload

_ORIGINAL_ID: Final = "shoal.message_id"
_REASON: Final = "shoal.reason"
_NAMED_AT_MOST: Final = 3


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    passed: bool
    text: str


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One message in the dead-letter queue."""

    message_id: str
    """The id that it had in its first queue."""
    reason: str


def read_dead_letters(sqs: Any, queue_url: str) -> list[DeadLetter]:
    """Return what is in a dead-letter queue, and leave it there."""
    letters: dict[str, DeadLetter] = {}
    while True:
        answer = sqs.receive_message(
            QueueUrl=queue_url,
            MaxNumberOfMessages=10,
            VisibilityTimeout=600,
            WaitTimeSeconds=0,
            AttributeNames=["ApproximateReceiveCount"],
            MessageAttributeNames=["All"],
        )
        messages = answer.get("Messages", [])
        if not messages:
            return list(letters.values())
        letters.update((message["MessageId"], _dead_letter(message)) for message in messages)


def _dead_letter(message: Mapping[str, Any]) -> DeadLetter:
    attributes = message.get("MessageAttributes", {})
    if _ORIGINAL_ID not in attributes:
        # SQS moved it by the redrive policy: the same message, with the id that it had.
        return DeadLetter(message["MessageId"], "received as often as the queue allows")
    return DeadLetter(attributes[_ORIGINAL_ID]["StringValue"], attributes[_REASON]["StringValue"])


def verify(
    s3: Any,
    *,
    workload: Workload,
    ledger: Ledger,
    dead_letters: Sequence[DeadLetter],
    left_in_queue: set[str],
    thumbnail_of: Callable[[str], tuple[str, str]],
    max_px: int,
) -> list[Check]:
    """Check every message that was sent.

    ``thumbnail_of`` says in which bucket and under which key an object's thumbnail is.
    """
    sent = {key for key in ledger.sent.values() if key in workload.images}
    wrong = [
        problem
        for key in sorted(sent)
        for problem in thumbnail_problems(
            s3, *thumbnail_of(key), expected=fitted(workload.images[key], max_px)
        )
    ]
    good = len(sent) - len(wrong)
    return [
        Check(
            not wrong,
            f"{good} of {len(sent)} thumbnails decode, each of the right size{_some(wrong)}",
        ),
        _dead_letter_check(workload, ledger, dead_letters),
        _lost_check(ledger, dead_letters, left_in_queue),
        Check(not left_in_queue, f"{len(left_in_queue)} messages left in the queue"),
    ]


def fitted(size: tuple[int, int], max_px: int) -> tuple[int, int]:
    """Return the size of a thumbnail: the longer side ``max_px``, never enlarged."""
    scale = min(1.0, max_px / max(size))
    width, height = (max(1, round(side * scale)) for side in size)
    return width, height


def thumbnail_problems(
    s3: Any, bucket: str, key: str, *, expected: tuple[int, int]
) -> Iterator[str]:
    """Yield what is wrong with a thumbnail; a pixel more or less is rounding."""
    try:
        body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        with Image.open(io.BytesIO(body)) as image:
            image.load()
            size = image.size
    except s3.exceptions.NoSuchKey:
        yield f"{key} is missing"
    except OSError as error:
        yield f"{key} does not decode: {error}"
    else:
        if any(abs(got - wanted) > 1 for got, wanted in zip(size, expected, strict=True)):
            yield f"{key} is {size[0]}x{size[1]}, not {expected[0]}x{expected[1]}"


def _dead_letter_check(
    workload: Workload, ledger: Ledger, dead_letters: Sequence[DeadLetter]
) -> Check:
    bad = {identity for identity, key in ledger.sent.items() if key in workload.no_images}
    found = [letter.message_id for letter in dead_letters]
    exact = sorted(found) == sorted(bad)
    return Check(exact, f"{len(found)} in the dead-letter queue, {len(bad)} of them expected")


def _lost_check(
    ledger: Ledger, dead_letters: Sequence[DeadLetter], left_in_queue: set[str]
) -> Check:
    lost = ledger.lost({*left_in_queue, *(letter.message_id for letter in dead_letters)})
    objects = [ledger.sent[identity] for identity in sorted(lost)]
    return Check(not lost, f"lost = {len(lost)}, of {len(ledger.sent)} sent{_some(objects)}")


def _some(problems: Sequence[str]) -> str:
    if not problems:
        return ""
    more = len(problems) - _NAMED_AT_MOST
    return f": {', '.join(problems[:_NAMED_AT_MOST])}" + (f" and {more} more" if more > 0 else "")
