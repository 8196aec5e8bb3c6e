"""A service that answers when it is told to, and slots whose handlers end when they are told to."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from shoal_agent.aws.http_client import HttpError
from shoal_agent.ending import DONE, Ending, How
from shoal_agent.lease import Lease
from shoal_agent.runners.runner import Reports

VISIBILITY_S = 30
CONCURRENCY = 3
ENDINGS = {
    "done": DONE,
    "retry": Ending(How.RETRY, after_s=20.0),
    "failed": Ending(How.FAILED, reason="made up"),
    "reject": Ending(How.REJECT, reason="made up"),
    "died": Ending(How.DIED, reason="made up"),
}


@dataclass(eq=False)
class Request:
    """One call that has no answer yet."""

    action: str
    fields: dict[str, Any]
    answer: "asyncio.Future[dict[str, Any]]"

    @property
    def open(self) -> bool:
        """Whether somebody still waits for it."""
        return not self.answer.done()


class Service:
    """Keeps requests until they are answered, and what SQS would keep of each message."""

    def __init__(self) -> None:
        """Nothing has been sent."""
        self.requests: list[Request] = []
        self.hidden_until_s: dict[str, float] = {}
        self.deleted: set[str] = set()
        self.letters: list[str] = []
        self.given_back: dict[str, float] = {}  # receipt: when it is to be seen again

    @property
    def open(self) -> list[Request]:
        """The requests that somebody waits for."""
        return [request for request in self.requests if request.open]

    async def call(self, action: str, body: bytes, *, timeout_s: float) -> dict[str, Any]:
        """Wait for an answer that long."""
        loop = asyncio.get_running_loop()
        request = Request(action, json.loads(body), loop.create_future())
        self.requests.append(request)
        try:
            async with asyncio.timeout(timeout_s):
                return await request.answer
        except TimeoutError:
            raise HttpError("made up: no answer") from None

    def carry_out(self, request: Request, now_s: float, failing: set[int]) -> dict[str, Any]:
        """Do what was asked for, but for the failing places."""
        if request.action == "SendMessage":
            name = "shoal.message_id"
            self.letters.append(request.fields["MessageAttributes"][name]["StringValue"])
            return {"MessageId": "letter"}
        failed, done = [], []
        for place, entry in enumerate(request.fields["Entries"]):
            if place in failing:
                failed.append({"Id": entry["Id"], "Code": "InternalError", "SenderFault": False})
                continue
            done.append({"Id": entry["Id"]})
            self._settle(entry, now_s)
        return {"Successful": done, "Failed": failed}

    def _settle(self, entry: dict[str, Any], now_s: float) -> None:
        receipt = entry["ReceiptHandle"]
        if receipt in self.deleted or self.hidden_until_s[receipt] <= now_s:
            return
        if "VisibilityTimeout" not in entry:
            self.deleted.add(receipt)
            return
        self.hidden_until_s[receipt] = now_s + entry["VisibilityTimeout"]
        if entry["VisibilityTimeout"] < VISIBILITY_S:
            self.given_back[receipt] = self.hidden_until_s[receipt]


class Slots:
    """A runner whose handlers end when they are told to."""

    isolated = True

    def __init__(self) -> None:
        """Every slot is free."""
        self.running: list[Lease] = []
        self.reports: Reports

    @property
    def free(self) -> int:
        """How many messages can be submitted now."""
        return CONCURRENCY - len(self.running)

    def connect(self, reports: Reports) -> None:
        """Tell these from now on."""
        self.reports = reports

    def submit(self, lease: Lease) -> bool:
        """Run a message."""
        self.running.append(lease)
        return True

    def recall(self) -> list[Lease]:
        """Nothing waits here."""
        return []

    def grow(self) -> None:
        """There are no more slots."""

    def stop(self, lease: Lease, ending: Ending) -> None:
        """End it at once."""
        self.end(lease, ending)

    def end(self, lease: Lease, ending: Ending) -> None:
        """Report an end."""
        self.running.remove(lease)
        self.reports.ended(lease, ending)

    async def close(self) -> None:
        """There is nothing to end."""


def received(number: int, group: str) -> dict[str, Any]:
    """Return a message as ``ReceiveMessage`` brings it."""
    return {
        "MessageId": f"id-{number}",
        "ReceiptHandle": f"receipt-{number}",
        "Body": "x",
        "Attributes": {"MessageGroupId": group, "ApproximateReceiveCount": "1"},
    }
