"""Objects read from S3, and the client that reads them."""

import io
import threading
from typing import Any

import pytest
from botocore.exceptions import IncompleteReadError
from botocore.response import StreamingBody

from shoal_agent.aws import s3_object


class Broken:
    """An S3 whose answer ends too early."""

    def get_object(self, **_: Any) -> dict[str, Any]:
        """Promise ten bytes and send four."""
        return {"ContentLength": 10, "Body": StreamingBody(io.BytesIO(b"half"), 10)}


def test_half_an_object_is_an_error_that_may_pass_and_no_payload() -> None:
    with pytest.raises(IncompleteReadError):
        s3_object.read_object(Broken(), "b", "k", max_bytes=100)


def test_threads_that_ask_at_once_share_one_client(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_object, "_clients", [])
    monkeypatch.setenv("AWS_REGION", "eu-north-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    found: list[Any] = []
    threads = [
        threading.Thread(target=lambda: found.append(s3_object.s3_client())) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(client) for client in found}) == 1
    assert found[0].meta.region_name == "eu-north-1"
