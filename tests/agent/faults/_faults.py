"""What a service or the network between may do to one request."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto
from threading import Event
from typing import Any

RECEIVE = "ReceiveMessage"
DELETE = "DeleteMessageBatch"
CHANGE = "ChangeMessageVisibilityBatch"
SEND = "SendMessage"


class Way(Enum):
    """How it goes wrong."""

    REFUSE = auto()  # an error for an answer
    SILENCE = auto()  # no answer, the connection stays
    RESET = auto()  # RST in place of an answer
    HALF = auto()  # half of the body that was announced, then the end
    DRIBBLE = auto()  # byte by byte
    PAGE = auto()  # 200 and something else, as from a proxy
    ENTRIES = auto()  # some entries of a batch fail
    HOLD = auto()  # carried out once the test says so
    DELAYED_ANSWER = auto()  # carried out at once, and answered once the test says so


_CARRIED_OUT = {Way.HOLD, Way.DELAYED_ANSWER, Way.DRIBBLE}


@dataclass(eq=False)
class Fault:
    """One fault, for the next ``times`` requests of an action that ``only`` holds for."""

    action: str
    way: Way
    times: int = 1
    carried_out: bool = False  # before it goes wrong
    status: int = 500
    code: str = "InternalFailure"
    sender: bool = False  # whose fault a failed entry is
    pause_s: float = 0.0  # between two bytes
    page: bytes | None = None
    only: Callable[[dict[str, Any]], bool] = lambda _: True
    struck: int = 0
    release: Event = field(default_factory=Event)

    def __post_init__(self) -> None:
        """A fault that only delays an action is one of an action that is carried out."""
        self.carried_out = self.carried_out or self.way in _CARRIED_OUT

    @property
    def loses_the_answer(self) -> bool:
        """Whether the agent will not know what came of it."""
        return self.way not in _CARRIED_OUT or self.pause_s > 0

    @property
    def over(self) -> bool:
        """Whether it has struck so often as it was to."""
        return self.struck >= self.times


def error_fields(code: str) -> dict[str, str]:
    """Return the body of a refusal, as SQS writes it."""
    return {"__type": f"com.amazonaws.sqs#{code}", "message": "made up"}
