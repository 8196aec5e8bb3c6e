"""The reference handler, on moto's S3."""

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image
from tests.agent.conftest import Queues

from shoal_agent import Message, Reject
from shoal_agent.handlers import thumbnails


def picture(size: tuple[int, int], kind: str = "PNG", mode: str = "RGB") -> bytes:
    """Return an encoded image."""
    buffer = io.BytesIO()
    Image.new(mode, size, "teal").save(buffer, kind)
    return buffer.getvalue()


def message(fields: Any) -> Message:
    """Return a message with this JSON body."""
    return Message({"MessageId": "1", "Body": json.dumps(fields)})


def event(*keys: str) -> dict[str, Any]:
    """Return an S3 event as S3 writes it: keys are URL-encoded."""
    return {
        "Records": [{"s3": {"bucket": {"name": "pictures"}, "object": {"key": k}}} for k in keys]
    }


@pytest.fixture
def s3(queues: Queues, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Return a client of an S3 with two buckets, which the handler uses too."""
    client = queues.client("s3")
    for bucket in ("pictures", "small"):
        client.create_bucket(
            Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
    monkeypatch.setattr(thumbnails, "_s3", lambda: client)
    yield client
    for bucket in ("pictures", "small"):
        for found in client.list_objects_v2(Bucket=bucket).get("Contents", []):
            client.delete_object(Bucket=bucket, Key=found["Key"])
        client.delete_bucket(Bucket=bucket)


def made(s3: Any, bucket: str, key: str) -> tuple[str | None, tuple[int, int]]:
    """Return format and size of a stored image."""
    with Image.open(io.BytesIO(s3.get_object(Bucket=bucket, Key=key)["Body"].read())) as image:
        return image.format, image.size


def test_an_image_named_by_bucket_and_key_gets_a_jpeg_of_the_default_size(s3: Any) -> None:
    s3.put_object(Bucket="pictures", Key="a.png", Body=picture((1000, 500)))
    thumbnails.handle(message({"bucket": "pictures", "key": "a.png"}))
    assert made(s3, "pictures", "thumbnails/a.png.jpg") == ("JPEG", (256, 128))


def test_every_record_of_an_event_is_done_and_its_key_is_decoded(
    s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(thumbnails.BUCKET, "small")
    monkeypatch.setenv(thumbnails.MAX_PX, "64")
    s3.put_object(Bucket="pictures", Key="my cat+dog.png", Body=picture((128, 128)))
    s3.put_object(Bucket="pictures", Key="b.webp", Body=picture((32, 16), "WEBP"))
    thumbnails.handle(message(event("my+cat%2Bdog.png", "b.webp")))
    assert made(s3, "small", "thumbnails/my cat+dog.png.jpg") == ("JPEG", (64, 64))
    assert made(s3, "small", "thumbnails/b.webp.jpg") == ("JPEG", (32, 16)), "never enlarged"


def test_a_message_done_twice_leaves_the_same_object(s3: Any) -> None:
    s3.put_object(Bucket="pictures", Key="a.png", Body=picture((300, 300)))
    seen = set()
    for _ in range(2):
        thumbnails.handle(message(event("a.png")))
        seen.add(s3.get_object(Bucket="pictures", Key="thumbnails/a.png.jpg")["ETag"])
    assert len(seen) == 1


def test_the_test_event_of_s3_is_done_with_nothing() -> None:
    assert (
        list(thumbnails.sources(message({"Service": "Amazon S3", "Event": "s3:TestEvent"}))) == []
    )


def test_a_thumbnail_in_the_same_bucket_is_not_thumbnailed_again() -> None:
    assert list(thumbnails.sources(message(event("thumbnails/a.png.jpg")))) == []


def test_one_bad_record_rejects_the_message_after_the_good_ones_are_done(s3: Any) -> None:
    s3.put_object(Bucket="pictures", Key="bad", Body=b"hello")
    s3.put_object(Bucket="pictures", Key="good", Body=picture((10, 10)))
    with pytest.raises(Reject, match=r"s3://pictures/bad: not a whole image"):
        thumbnails.handle(message(event("bad", "good")))
    assert made(s3, "pictures", "thumbnails/good.jpg") == ("JPEG", (10, 10))


def test_an_object_that_is_gone_is_rejected(s3: Any) -> None:
    with pytest.raises(Reject, match="there is no such object"):
        thumbnails.handle(message(event("gone.png")))
    assert s3.list_objects_v2(Bucket="pictures").get("Contents") is None


def test_a_truncated_image_is_rejected_with_its_reason() -> None:
    whole = picture((400, 400), "JPEG")
    with pytest.raises(Reject, match=r"not a whole image: .*truncated"):
        thumbnails.thumbnail(whole[: len(whole) // 2], 64)


def test_a_decompression_bomb_is_rejected_before_it_is_decoded() -> None:
    header = bytearray(picture((8, 8), "BMP"))
    header[18:26] = (30_000).to_bytes(4, "little") * 2
    with pytest.raises(Reject, match="pixels"):
        thumbnails.thumbnail(bytes(header), 64)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "L", "1", "CMYK", "I;16"])
def test_any_colour_mode_becomes_a_jpeg(mode: str) -> None:
    buffer = io.BytesIO()
    Image.new(mode, (10, 20)).save(buffer, "TIFF")
    with Image.open(io.BytesIO(thumbnails.thumbnail(buffer.getvalue(), 64))) as image:
        assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (10, 20))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("no json", "not JSON"),
        ("[]", "not a JSON object"),
        ("{}", "neither an S3 event nor bucket and key"),
        ('{"Records": [{"s3": {}}]}', "neither an S3 event nor bucket and key"),
    ],
)
def test_a_body_that_names_no_image_is_rejected_with_its_reason(body: str, reason: str) -> None:
    with pytest.raises(Reject, match=reason):
        list(thumbnails.sources(Message({"MessageId": "1", "Body": body})))


@pytest.mark.parametrize(
    "fields",
    [
        event("my+cat.png"),
        {"bucket": {"name": "pictures"}, "object": {"key": "my cat.png"}},
        {"bucket": "pictures", "key": "my cat.png"},
    ],
    ids=["notification", "EventBridge", "bucket and key"],
)
def test_an_image_may_be_named_through_a_topic(fields: dict[str, Any]) -> None:
    published = {
        "Type": "Notification",
        "MessageId": "n",
        "TopicArn": "arn:aws:sns:eu-west-1:111122223333:pictures",
        "Message": json.dumps(fields),
    }
    (source,) = thumbnails.sources(message(published))
    assert source == thumbnails.Source("pictures", "my cat.png")
