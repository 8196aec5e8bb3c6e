"""What is to happen to each message, drawn from a seed: the ledger knows what to expect."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from random import Random

# The step of a message's n-th receive, the last one for every later receive; in per mille.
_STEPS: dict[tuple[str, ...], int] = {
    ("done",): 927,
    ("raise", "done"): 30,
    ("retry", "done"): 20,
    ("raise", "retry", "done"): 5,
    ("reject",): 10,
    ("raise", "reject"): 4,
    ("raise",): 3,  # for ever: the queue's redrive policy ends it
    ("hang", "done"): 1,
}


@dataclass(frozen=True)
class MessagePlan:
    """One message; as JSON it is the body that the handler reads."""

    serial: int
    steps: tuple[str, ...]
    pause_ms: int

    @property
    def dies(self) -> bool:
        """Whether it is to end in the dead-letter queue."""
        return self.steps[-1] != "done"

    @property
    def rejected(self) -> bool:
        """Whether a handler is to send it there, and not the queue's redrive policy."""
        return self.steps[-1] == "reject"

    def body(self) -> str:
        """Return what is sent."""
        return json.dumps(asdict(self))


def message_plans(count: int, seed: int) -> Iterator[MessagePlan]:
    """Yield that many messages: most take a millisecond or two, one in twenty far longer."""
    random = Random(seed)  # noqa: S311 - to be drawn again
    steps, weights = list(_STEPS), list(_STEPS.values())
    for serial in range(count):
        pause_ms = random.randrange(20, 200) if random.random() < 0.05 else random.randrange(3)
        yield MessagePlan(serial, random.choices(steps, weights)[0], pause_ms)
