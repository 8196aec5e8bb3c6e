"""The ledger: what the handlers noted, held against what was sent and what is left.

SQS delivers at least once, so a handler may see a message again - for a reason. A call is a
repeat without a reason when the call before it neither failed nor was in an agent that was
killed: then a lease lapsed, or a delete was lost.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.agent.soak.message_plan import MessagePlan
from tests.agent.soak.work_queue import MAX_RECEIVE_COUNT, DeadLetter

_TRIED_AGAIN = frozenset({"raise", "retry", "hang"})


@dataclass
class Call:
    """One message given to the handler once."""

    agent: str
    step: str
    ended: bool


class Ledger:
    """The calls of each message, by its serial and by the receive count."""

    def __init__(self, calls: Mapping[int, Mapping[int, Call]]) -> None:
        """Take them as they are; ``read_ledger`` reads them."""
        self._calls = calls

    @property
    def handled(self) -> int:
        """How often a handler was called."""
        return sum(len(calls) for calls in self._calls.values())

    @property
    def received(self) -> int:
        """How often messages were given out, as far as a handler has seen."""
        return sum(max(calls) for calls in self._calls.values())

    def repeats(self) -> Iterator[tuple[int, Call]]:
        """Yield each call that no plan asks for: its message, and the call before it."""
        for serial, calls in self._calls.items():
            before: Call | None = None
            for _, call in sorted(calls.items()):
                if before is not None and before.step not in _TRIED_AGAIN:
                    yield serial, before
                before = call

    def finished(self, serial: int) -> bool:
        """Whether a handler has worked the message off."""
        calls = self._calls.get(serial, {}).values()
        return any(call.step == "done" and call.ended for call in calls)

    def violations(
        self,
        plans: Iterable[MessagePlan],
        dead_letters: Sequence[DeadLetter],
        killed: frozenset[str],
    ) -> Iterator[str]:
        """Yield a sentence for each message that came to another end than it should."""
        dead = {letter.serial: letter for letter in dead_letters}
        known = {plan.serial: plan for plan in plans}
        for serial, plan in known.items():
            problem = self._problem(plan, dead.get(serial))
            if problem is not None:
                yield f"message {serial} {'/'.join(plan.steps)}: {problem}"
        for serial in (self._calls.keys() | dead.keys()) - known.keys():
            yield f"message {serial} was never sent"
        for serial, before in self.repeats():
            if before.agent not in killed:
                yield f"message {serial} was handled again after {before} for no reason"

    def _problem(self, plan: MessagePlan, letter: DeadLetter | None) -> str | None:
        calls = self._calls.get(plan.serial)
        if letter is None and not calls:
            return "lost: no handler saw it"
        if plan.dies:
            return self._problem_of_the_dead(plan, letter)
        if letter is not None:
            return "in the dead-letter queue, where it does not belong"
        if not self.finished(plan.serial):
            return f"gone from the queue, but no handler finished it: {calls}"
        return None

    def _problem_of_the_dead(self, plan: MessagePlan, letter: DeadLetter | None) -> str | None:
        if letter is None:
            return "gone from the queue, but not in the dead-letter queue"
        if letter.rejected != plan.rejected:
            return f"dead {'with' if letter.rejected else 'without'} a reason"
        calls = self._calls.get(plan.serial, {})
        if plan.rejected and not any(c.step == "reject" and c.ended for c in calls.values()):
            return "rejected, though no handler said so"
        if not plan.rejected and max(calls, default=0) > MAX_RECEIVE_COUNT:
            return "received more often than its queue allows"
        return None


def read_ledger(folder: Path) -> Ledger:
    """Read the notes of every process that ran a handler."""
    calls: defaultdict[int, dict[int, Call]] = defaultdict(dict)
    for notes in sorted(folder.glob("*@*")):
        agent = notes.name.partition("@")[0]
        for line in notes.read_text().splitlines():
            what, serial, receive_count, step = line.split()
            of_message = calls[int(serial)]
            if what == "begin":
                of_message[int(receive_count)] = Call(agent, step, ended=False)
            else:
                of_message[int(receive_count)].ended = True
    return Ledger(calls)
