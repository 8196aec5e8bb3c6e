"""The images of the burst, the three that are none, and what is checked of their thumbnails."""

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image, UnidentifiedImageError

from shoal_agent import Message, Reject
from shoal_agent.handlers import thumbnails
from shoal_local.ledger import Attempt, AttemptReport, Ledger
from shoal_local.moto_server import MotoServer
from shoal_local.sample_images import SIZES, NoImage, no_images, sample_images
from shoal_local.verification import (
    DeadLetter,
    fitted,
    read_dead_letters,
    thumbnail_problems,
    verify,
)
from shoal_local.workload import Workload, s3_event, send, upload

REGION = "us-east-1"
SMALL = ((64, 48), (48, 64))


@pytest.fixture
def server() -> Iterator[MotoServer]:
    with MotoServer(REGION) as server:
        server.client("s3").create_bucket(Bucket="images")
        yield server


def _named(what: str) -> NoImage:
    (found,) = [item for item in no_images() if item.name == what]
    return found


def _thumbnail(size: tuple[int, int]) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "red").save(out, "JPEG")
    return out.getvalue()


def test_every_sample_is_a_whole_image_of_its_size_and_an_object_of_its_own() -> None:
    samples = list(sample_images(5, SMALL))
    assert len({sample.body for sample in samples}) == 5
    for sample in samples:
        with Image.open(io.BytesIO(sample.body)) as image:
            image.load()
            assert image.size == sample.size


def test_the_three_that_are_no_images_fail_each_in_its_own_way() -> None:
    with pytest.raises(OSError, match="truncated"):
        Image.open(io.BytesIO(_named("truncated.jpg").body)).load()
    with pytest.raises(UnidentifiedImageError):
        Image.open(io.BytesIO(_named("notes.jpg").body))
    bomb = _named("bomb.png").body
    assert len(bomb) < 100_000
    with pytest.raises(Image.DecompressionBombError):
        Image.open(io.BytesIO(bomb))


@pytest.mark.parametrize("name", ["truncated.jpg", "notes.jpg", "bomb.png"])
def test_the_reference_handler_rejects_each_of_the_three(name: str) -> None:
    with pytest.raises(Reject):
        thumbnails.thumbnail(_named(name).body, 256)


@pytest.mark.parametrize("size", SIZES)
def test_a_thumbnail_has_the_size_that_is_expected_of_it(size: tuple[int, int]) -> None:
    """The expectation is arithmetic of its own, the thumbnail the handler's."""
    (sample,) = sample_images(1, [size])
    with Image.open(io.BytesIO(thumbnails.thumbnail(sample.body, 256))) as image:
        assert image.size == fitted(sample.size, 256)


def test_a_thumbnail_is_never_larger_than_its_image() -> None:
    assert fitted((100, 50), 256) == (100, 50)
    assert fitted((4000, 3), 256) == (256, 1)


def test_an_event_is_what_the_reference_handler_reads() -> None:
    body = s3_event("images", "incoming/photo-1.jpg")
    message = Message({"MessageId": "m", "Body": body})
    assert list(thumbnails.sources(message)) == [("images", "incoming/photo-1.jpg")]
    assert json.loads(body)["Records"][0]["eventName"] == "ObjectCreated:Put"


def _upload(server: MotoServer, count: int, **given: Any) -> Workload:
    s3 = server.client("s3")
    settings = {
        "should_stop": lambda: False,
        "on_upload": lambda _count: None,
        "sizes": SMALL,
        **given,
    }
    return upload(s3, "images", count, **settings)


def test_every_message_sent_is_in_the_ledger_and_in_the_queue(server: MotoServer) -> None:
    workload, ledger, sqs = _upload(server, 9), Ledger(), server.client("sqs")
    url = sqs.create_queue(QueueName="work")["QueueUrl"]
    send(sqs, url, workload, ledger, should_stop=lambda: False)
    assert sorted(ledger.sent.values()) == sorted(workload.keys)
    assert len(ledger.sent) == 12
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert attributes["ApproximateNumberOfMessages"] == "12"


def test_an_interrupted_upload_knows_what_it_has_put_there(server: MotoServer) -> None:
    counts: list[int] = []
    workload = _upload(server, 9, on_upload=counts.append, should_stop=lambda: len(counts) == 4)
    found = server.client("s3").list_objects_v2(Bucket="images")["Contents"]
    assert [item["Key"] for item in found] == list(workload.images)
    assert len(found) == 4


def test_the_three_stand_among_the_images_and_not_at_the_end() -> None:
    workload = Workload("b", {f"i{n}": (1, 1) for n in range(8)}, {"x": "", "y": "", "z": ""})
    assert workload.keys == ["i0", "i1", "x", "i2", "y", "i3", "z", "i4", "i5", "i6", "i7"]


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (_thumbnail((256, 192)), None),
        (_thumbnail((256, 191)), None),
        (_thumbnail((192, 256)), "t is 192x256, not 256x192"),
        (b"no image", "t does not decode"),
        (None, "t is missing"),
    ],
)
def test_a_thumbnail_is_looked_at(
    server: MotoServer, body: bytes | None, problem: str | None
) -> None:
    s3 = server.client("s3")
    if body is not None:
        s3.put_object(Bucket="images", Key="t", Body=body)
    problems = list(thumbnail_problems(s3, "images", "t", expected=(256, 192)))
    assert len(problems) == (problem is not None)
    assert problem is None or problems[0].startswith(problem)


def _checks(server: MotoServer, letters: list[DeadLetter], done: set[str]) -> dict[str, bool]:
    workload = Workload("images", {"good": (256, 192)}, {"bad": "text"})
    ledger = Ledger(sent={"m1": "good", "m2": "bad"})
    for identity in done:
        ledger.enter(AttemptReport(identity, Attempt.DONE, 1))
    checks = verify(
        server.client("s3"),
        workload=workload,
        ledger=ledger,
        dead_letters=letters,
        left_in_queue=set(),
        thumbnail_of=lambda key: ("images", f"thumbnails/{key}"),
        max_px=256,
    )
    return {check.text: check.passed for check in checks}


def test_a_run_passes_only_if_every_message_is_where_it_belongs(server: MotoServer) -> None:
    body = _thumbnail((256, 192))
    server.client("s3").put_object(Bucket="images", Key="thumbnails/good", Body=body)
    assert _checks(server, [DeadLetter("m2", "text")], {"m1"}) == {
        "1 of 1 thumbnails decode, each of the right size": True,
        "1 in the dead-letter queue, 1 of them expected": True,
        "lost = 0, of 2 sent": True,
        "0 messages left in the queue": True,
    }
    assert _checks(server, [], {"m1"}) == {
        "1 of 1 thumbnails decode, each of the right size": True,
        "0 in the dead-letter queue, 1 of them expected": False,
        "lost = 1, of 2 sent: bad": False,
        "0 messages left in the queue": True,
    }
    twice = [DeadLetter("m2", "text"), DeadLetter("m1", "a good one")]
    assert not all(_checks(server, twice, {"m1"}).values())


def test_a_missing_thumbnail_fails_the_run_though_an_agent_said_done(server: MotoServer) -> None:
    checks = _checks(server, [DeadLetter("m2", "text")], {"m1"})
    problem = "0 of 1 thumbnails decode, each of the right size: thumbnails/good is missing"
    assert checks[problem] is False


def test_dead_letters_tell_the_original_message_and_the_reason(server: MotoServer) -> None:
    sqs = server.client("sqs")
    url = sqs.create_queue(QueueName="dead")["QueueUrl"]
    texts = {"shoal.reason": "no image", "shoal.message_id": "m1"}
    attributes = {key: {"DataType": "String", "StringValue": text} for key, text in texts.items()}
    sqs.send_message(QueueUrl=url, MessageBody="x", MessageAttributes=attributes)
    moved = sqs.send_message(QueueUrl=url, MessageBody="x")["MessageId"]
    letters = {letter.message_id: letter.reason for letter in read_dead_letters(sqs, url)}
    assert letters == {"m1": "no image", moved: "received as often as the queue allows"}
