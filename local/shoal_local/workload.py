"""The burst: real images in a bucket, an S3 event for each in the queue, and three others."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from shoal_local.sample_images import SIZES, NoImage, SampleImage, no_images, sample_images

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from shoal_local.ledger import Ledger

# docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
_BATCH: Final = 10
_PREFIX: Final = "incoming/"


@dataclass
class Workload:
    """What is in the bucket for the run, by object key."""

    bucket: str
    images: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Key: the image's size in pixels."""
    no_images: dict[str, str] = field(default_factory=dict)
    """Key: what it is instead of an image."""

    @property
    def keys(self) -> list[str]:
        """Every key, the three others spread among the images as they would be in real life."""
        keys = list(self.images)
        every = len(keys) // (len(self.no_images) + 1)
        for turn, key in enumerate(self.no_images, start=1):
            keys.insert(turn * every, key)
        return keys


def upload(
    s3: Any,
    bucket: str,
    count: int,
    *,
    should_stop: Callable[[], bool],
    on_upload: Callable[[int], None],
    sizes: Sequence[tuple[int, int]] = SIZES,
) -> Workload:
    """Put ``count`` images of these sizes, and the three others, into the bucket.

    Ends early, with what is there by then, once ``should_stop()``; ``on_upload`` is told how
    many objects there are after each.
    """
    workload = Workload(bucket)
    for total, item in enumerate(_objects(count, sizes), start=1):
        if should_stop():
            break
        key = f"{_PREFIX}{item.name}"
        s3.put_object(Bucket=bucket, Key=key, Body=item.body)
        if isinstance(item, SampleImage):
            workload.images[key] = item.size
        else:
            workload.no_images[key] = item.what
        on_upload(total)
    return workload


def send(
    sqs: Any,
    queue_url: str,
    workload: Workload,
    ledger: Ledger,
    *,
    should_stop: Callable[[], bool],
) -> None:
    """Send one S3 event for each object, ten to a request, and enter what SQS took."""
    for keys in _batches(workload.keys):
        if should_stop():
            return
        entries = [
            {"Id": str(index), "MessageBody": s3_event(workload.bucket, key)}
            for index, key in enumerate(keys)
        ]
        answer = sqs.send_message_batch(QueueUrl=queue_url, Entries=entries)
        for failed in answer.get("Failed", []):
            raise RuntimeError(f"the queue refused a message: {failed}")
        for sent in answer["Successful"]:
            ledger.sent[sent["MessageId"]] = keys[int(sent["Id"])]


def s3_event(bucket: str, key: str) -> str:
    """Return the notification that S3 sends for a new object.

    docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
    """
    record = {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "eventTime": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "eventName": "ObjectCreated:Put",
        "s3": {
            "s3SchemaVersion": "1.0",
            "bucket": {"name": bucket, "arn": f"arn:aws:s3:::{bucket}"},
            "object": {"key": key, "sequencer": secrets.token_hex(8).upper()},
        },
    }
    return json.dumps({"Records": [record]})


def _objects(count: int, sizes: Sequence[tuple[int, int]]) -> Iterator[SampleImage | NoImage]:
    yield from sample_images(count, sizes)
    yield from no_images()


def _batches(keys: Iterable[str]) -> Iterator[list[str]]:
    remaining = iter(keys)
    while batch := list(islice(remaining, _BATCH)):
        yield batch
