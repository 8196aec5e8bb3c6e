"""The image does its work as a restricted pod would run it, and holds nothing it need not.

What this does not prove: the default base (a registry's Python image), and arm64.
"""

import io
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Picture
from tests.image.builder import Image
from tests.image.container import Container, StartContainer

pytestmark = [pytest.mark.image, pytest.mark.timeout(900)]

Client = Callable[[str], Any]


def _until(condition: Callable[[], bool], container: Container, deadline_s: float = 60) -> None:
    """Wait until something holds; a container that ended, or the deadline, is a failure."""
    end = time.monotonic() + deadline_s
    while not condition():
        assert container.running(), container.log.read_text()
        assert time.monotonic() < end, container.log.read_text()
        time.sleep(0.1)


def _jpeg(width: int) -> bytes:
    """Make a picture, a different one for each width."""
    buffer = io.BytesIO()
    Picture.new("RGB", (width, 300), (width % 256, 80, 160)).save(buffer, "JPEG")
    return buffer.getvalue()


def _empty(sqs: Any, queue: str) -> bool:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    answer = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)
    return all(int(answer["Attributes"][name]) == 0 for name in names)


def test_ten_messages_are_drained_and_sigterm_ends_it_with_code_0(
    agent_image: Image, start: StartContainer, aws: Client, agent_environment: dict[str, str]
) -> None:
    s3, sqs = aws("s3"), aws("sqs")
    s3.create_bucket(
        Bucket="pictures", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    queue = sqs.create_queue(QueueName="thumbnails")["QueueUrl"]
    for number in range(10):
        key = f"in/{number}.jpg"
        s3.put_object(Bucket="pictures", Key=key, Body=_jpeg(400 + number))
        sqs.send_message(QueueUrl=queue, MessageBody=json.dumps({"bucket": "pictures", "key": key}))

    handler = {"SHOAL_HANDLER": "shoal_agent.handlers.thumbnails:handle"}
    settings = {"SHOAL_QUEUE_URL": queue, "SHOAL_CONCURRENCY": "4"}
    agent = start(agent_image, agent_environment | handler | settings)
    _until(lambda: _empty(sqs, queue), agent)
    agent.terminate()

    assert agent.wait(deadline_s=60) == 0, agent.log.read_text()
    listed = s3.list_objects_v2(Bucket="pictures", Prefix="thumbnails/")["Contents"]
    sizes = []
    for entry in listed:
        body = s3.get_object(Bucket="pictures", Key=entry["Key"])["Body"].read()
        sizes.append(max(Picture.open(io.BytesIO(body)).size))
    assert sizes == [256] * 10


def _answers(port: str, path: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return bool(answer.status == HTTPStatus.OK)
    except (urllib.error.URLError, ConnectionError):
        return False


def test_the_probes_answer_on_the_ports_that_are_set(
    agent_image: Image, start: StartContainer, aws: Client, agent_environment: dict[str, str]
) -> None:
    queue = aws("sqs").create_queue(QueueName="idle")["QueueUrl"]
    settings = {"SHOAL_QUEUE_URL": queue, "SHOAL_HANDLER": "shoal_agent.handlers.thumbnails:handle"}
    agent = start(agent_image, agent_environment | settings)
    health = agent_environment["SHOAL_HEALTH_PORT"]
    _until(lambda: _answers(health, "/readyz") and _answers(health, "/livez"), agent)
    _until(lambda: _answers(agent_environment["SHOAL_METRICS_PORT"], "/metrics"), agent)
    agent.terminate()
    assert agent.wait(deadline_s=60) == 0, agent.log.read_text()


def test_a_missing_setting_ends_it_with_the_code_for_configuration_and_one_line(
    agent_image: Image, start: StartContainer, agent_environment: dict[str, str]
) -> None:
    agent = start(agent_image, agent_environment)
    assert agent.wait(deadline_s=60) == 64
    said = agent.log.read_text()
    assert "SHOAL_QUEUE_URL" in said or "SHOAL_HANDLER" in said
    assert "Traceback" not in said


def test_a_teams_own_handler_needs_only_to_be_copied(
    team_image: Image, start: StartContainer, aws: Client, agent_environment: dict[str, str]
) -> None:
    sqs = aws("sqs")
    queue = sqs.create_queue(QueueName="words")["QueueUrl"]
    sqs.send_message(QueueUrl=queue, MessageBody="three short words")
    agent = start(team_image, agent_environment | {"SHOAL_QUEUE_URL": queue})
    _until(lambda: "counted 3 words" in agent.log.read_text(), agent)
    agent.terminate()
    assert agent.wait(deadline_s=60) == 0, agent.log.read_text()


def test_a_new_project_builds_as_it_stands_and_handles_a_message(
    project_image: Image, start: StartContainer, aws: Client, agent_environment: dict[str, str]
) -> None:
    sqs = aws("sqs")
    queue = sqs.create_queue(QueueName="orders")["QueueUrl"]
    sqs.send_message(QueueUrl=queue, MessageBody='{"order_id": "A-1", "quantity": 2}')
    agent = start(project_image, agent_environment | {"SHOAL_QUEUE_URL": queue})
    _until(lambda: "2 pieces for order A-1" in agent.log.read_text(), agent)
    agent.terminate()
    assert agent.wait(deadline_s=60) == 0, agent.log.read_text()
    assert project_image.config["User"] == "65532:65532"
    assert not (project_image.root / "app/test_handlers.py").exists()


def test_the_image_runs_by_number_and_its_entry_point_takes_signals_itself(
    agent_image: Image,
) -> None:
    assert agent_image.config["User"] == "65532:65532"
    assert agent_image.config["Entrypoint"] == ["shoal-agent"]
    assert agent_image.config["Cmd"] == ["run"]
    assert "PYTHONUNBUFFERED=1" in agent_image.config["Env"]


def _distributions(image: Image) -> set[str]:
    site = next((image.root / "opt/shoal/lib").glob("python3.*/site-packages"))
    return {folder.name.split("-")[0] for folder in site.glob("*.dist-info")}


def test_the_agents_environment_holds_what_it_needs_and_no_pulumi(agent_image: Image) -> None:
    needed = {"botocore", "jmespath", "pillow", "python_dateutil", "six", "urllib3"}
    assert _distributions(agent_image) == needed


def test_no_cache_and_no_setting_of_the_build_stays_in_the_image(agent_image: Image) -> None:
    root = agent_image.root
    left = [root / "tmp/requirements.txt", root / "etc/pip.conf", root / "wheelhouse"]
    left += [root / "root/.cache", root / "opt/shoal/bin/pip"]
    assert [str(path) for path in left if path.exists()] == []


def _bytes_in(folder: Path) -> int:
    return sum(file.lstat().st_size for file in folder.rglob("*") if not file.is_dir())


def test_what_the_image_adds_to_its_base_stays_small(agent_image: Image) -> None:
    added = _bytes_in(agent_image.root / "opt/shoal")
    assert added < 80_000_000, f"{added:,} bytes"
