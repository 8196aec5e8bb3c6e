"""The bodies of SQS's calls: what is put together by hand is JSON, whatever is in it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.agent._fakes import in_loop

from shoal_agent.aws.http_client import HttpError
from shoal_agent.aws.sqs_queue import SqsQueue

URL = 'https://sqs/1/a "queue"'


class _Recorder:
    """Says that everything was carried out."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []

    async def call(self, action: str, body: bytes, *, timeout_s: float) -> dict[str, Any]:
        """Remember what was asked."""
        assert timeout_s > 0
        fields = json.loads(body)
        self.asked.append((action, fields))
        return {"Successful": [{"Id": entry["Id"]} for entry in fields["Entries"]]}


handles = st.lists(st.text(min_size=1), min_size=1, max_size=10)


@given(handles)
def test_a_delete_names_every_receipt_handle_by_its_place(receipt_handles: list[str]) -> None:
    service = _Recorder()

    @in_loop
    async def delete() -> None:
        assert await SqsQueue(service, URL).delete(receipt_handles) == []

    delete()
    entries = [{"Id": f"{n}", "ReceiptHandle": h} for n, h in enumerate(receipt_handles)]
    assert service.asked == [("DeleteMessageBatch", {"QueueUrl": URL, "Entries": entries})]


@given(handles, st.integers(0, 43_200))
def test_a_change_of_visibility_says_for_how_long(receipt_handles: list[str], for_s: int) -> None:
    service = _Recorder()

    @in_loop
    async def change() -> None:
        await SqsQueue(service, URL).change_visibility([(h, for_s) for h in receipt_handles])

    change()
    [(action, fields)] = service.asked
    assert action == "ChangeMessageVisibilityBatch"
    assert [entry["ReceiptHandle"] for entry in fields["Entries"]] == receipt_handles
    assert {entry["VisibilityTimeout"] for entry in fields["Entries"]} == {for_s}


@in_loop
async def test_silence_about_an_entry_is_no_success() -> None:
    class Silent(_Recorder):
        async def call(self, action: str, body: bytes, *, timeout_s: float) -> dict[str, Any]:
            await super().call(action, body, timeout_s=timeout_s)
            return {}

    with pytest.raises(HttpError, match="other entries"):
        await SqsQueue(Silent(), URL).delete(["handle"])
