"""``shoal-local up``: run the stack here, AWS in moto and the agents as processes.

Exit code 0: everything was verified. 1: something was not, and is said. 130: interrupted.
Whatever the end, the agents are drained and every resource is deleted.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.padding import Padding

from shoal_local.agent_container import FleetInputError
from shoal_local.burst import SOURCE_BUCKET, make_buckets, takes_images
from shoal_local.chart import draw
from shoal_local.interruption import EXIT_CODE as INTERRUPTED
from shoal_local.interruption import Interruption
from shoal_local.laptop_stack import LaptopStack, ProgramFailedError
from shoal_local.live_view import view_on
from shoal_local.operation import (
    HPA_SYNC_PERIOD_S,
    FailedRunError,
    InterruptedRunError,
    Operation,
    Outcome,
)
from shoal_local.stack_config import load_project, load_stack
from shoal_local.summary import Summary
from shoal_local.user_error import UserError
from shoal_planner import PlannerInputError

if TYPE_CHECKING:
    import argparse

    from shoal_local.engine_log import LogMessage
    from shoal_local.local_agents import ScaledFleet

DEFAULT_STACK: Final = "local"
DEFAULT_MESSAGES: Final = 200
DEFAULT_TIMEOUT_S: Final = 600.0
_FAILED: Final = 1


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    parser.add_argument(
        "--stack",
        default=DEFAULT_STACK,
        help="the stack: Pulumi.<stack>.yaml (default: %(default)s)",
    )
    parser.add_argument(
        "--messages",
        type=int,
        metavar="N",
        help="send N images, and 3 objects that are none "
        f"(default: {DEFAULT_MESSAGES}; with --keep none)",
    )
    parser.add_argument(
        "--keep", action="store_true", help="stay up for messages of your own, until Ctrl-C"
    )
    parser.add_argument(
        "--chart",
        type=Path,
        metavar="PATH",
        help="where the picture of the run goes (default: out/<stack>.png)",
    )
    parser.add_argument(
        "--timeout",
        type=float,
        default=DEFAULT_TIMEOUT_S,
        metavar="S",
        help="seconds that each wait for the fleet may take (default: %(default)g)",
    )
    parser.add_argument(
        "--cwd",
        type=Path,
        default=Path(),
        metavar="DIR",
        help="a folder of the Pulumi project (default: the current one)",
    )


def run(args: argparse.Namespace) -> int:
    """Make the stack, run it, and delete it; a mistake of the user's raises ``UserError``."""
    if args.messages is not None and args.messages < 0:
        raise UserError(f"--messages {args.messages}: a number of images, 0 or more.")
    if args.timeout <= 0:
        raise UserError(f"--timeout {args.timeout:g}: a number of seconds above 0.")
    console = Console()
    with Interruption(before_exit=lambda: _leave_at_once(console)) as interruption:
        try:
            return _Command(args, console, interruption).run()
        except ProgramFailedError as error:
            console.print(str(error), markup=False, highlight=False)
            return _FAILED


def _leave_at_once(console: Console) -> None:
    console.show_cursor()
    console.print("Ended at once; the agents are killed.")


class _Command:
    """One run of the command, as its options say."""

    def __init__(
        self, args: argparse.Namespace, console: Console, interruption: Interruption
    ) -> None:
        self._args = args
        self._console = console
        self._interruption = interruption
        messages = 0 if args.keep else DEFAULT_MESSAGES
        self._messages = messages if args.messages is None else args.messages
        chart = args.chart
        self._chart = Path("out") / f"{args.stack}.png" if chart is None else chart

    def run(self) -> int:
        project = load_project(self._args.cwd)
        config = load_stack(project, self._args.stack)
        self._say(f"Making stack {config.stack} of {project.name} on this machine …")
        stack = LaptopStack(project, config, on_message=self._show)
        with stack:
            self._tell_what_stands(stack)
            operation = Operation(
                stack,
                directory=Path.cwd(),
                console=self._console,
                interruption=self._interruption,
                timeout_s=self._args.timeout,
                verbose=self._args.keep,
            )
            code = self._operate(stack, operation)
        return self._tell_what_is_left(stack, code)

    def _operate(self, stack: LaptopStack, operation: Operation) -> int:
        if self._interruption.requested:
            return INTERRUPTED
        try:
            return asyncio.run(self._work(stack, operation))
        except InterruptedRunError:
            self._say("Interrupted: the agents are drained.")
            return INTERRUPTED
        except FailedRunError as error:
            self._say(f"FAILED: {error}")
            return _FAILED
        except (FleetInputError, PlannerInputError) as error:
            raise UserError(str(error)) from error

    async def _work(self, stack: LaptopStack, operation: Operation) -> int:
        code = 0
        async with operation.agents() as agents:
            if self._messages:
                with view_on(self._console) as view:
                    outcome = await operation.burst(agents, self._messages, view)
                code = self._report(outcome)
            if self._args.keep:
                scaled = operation.watched(agents, images=False)
                self._tell_how_to_send(stack, scaled)
                with view_on(self._console) as view:
                    await operation.stay(agents, view)
        return code

    def _report(self, outcome: Outcome) -> int:
        self._say("\nDead letters, and why:")
        for letter in outcome.dead_letters:
            name = outcome.ledger.sent.get(letter.message_id, letter.message_id)
            self._say(f"  {name}: {letter.reason}")
        self._say("\nVerified:")
        for check in outcome.checks:
            self._say(f"  {'ok    ' if check.passed else 'FAILED'}  {check.text}")
        self._draw(outcome)
        return 0 if all(check.passed for check in outcome.checks) else _FAILED

    def _draw(self, outcome: Outcome) -> None:
        summary = _summary(outcome)
        self._say("")
        self._console.print(Padding(summary.table(), (0, 2)))
        target = outcome.scaled.scaled_object.queue_length
        draw(
            outcome.observation.samples,
            self._chart,
            title=f"{summary.sent} messages: 0 to {summary.most_replicas} agents, and back to 0",
            subtitle=f"{target} messages of backlog per replica, {summary.saved:.0%} fewer "
            "replica-seconds than a fixed fleet",
            fixed_replicas=summary.fixed_replicas,
        )
        self._say(f"\nPicture: {self._chart}")

    def _tell_what_stands(self, stack: LaptopStack) -> None:
        resources = [found for found in stack.evaluation.resources if found.custom]
        self._say(
            f"Made {len(resources)} resources: AWS in moto at {stack.server.endpoint_url}, "
            f"{len(stack.objects)} Kubernetes objects for the local fleet."
        )
        for resource in stack.backend.echoed:
            self._say(f"  in name only: {resource.type} {resource.name}")
        self._say(
            f"KEDA and HPA rules on a real clock; HPA sync every {HPA_SYNC_PERIOD_S:g} s "
            "(15 s in a cluster)."
        )

    def _tell_how_to_send(self, stack: LaptopStack, scaled: ScaledFleet) -> None:
        environment = stack.server.environment()
        names = ("AWS_ENDPOINT_URL", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
        self._say(f"\nThe queue: {scaled.queue_url}\nSend it messages of your own:\n")
        for name in names:
            self._say(f"  export {name}={environment[name]}")
        body = '{"hello": "agent"}'
        if takes_images(scaled):
            make_buckets(scaled, stack.server)
            self._say(f"  aws s3 cp photo.jpg s3://{SOURCE_BUCKET}/photo.jpg")
            body = f'{{"bucket": "{SOURCE_BUCKET}", "key": "photo.jpg"}}'
        self._say(
            f"  aws sqs send-message --queue-url {scaled.queue_url} --message-body '{body}'\n\n"
            "Ctrl-C drains the agents and deletes everything.\n"
        )

    def _tell_what_is_left(self, stack: LaptopStack, code: int) -> int:
        for left in stack.not_deleted:
            self._say(f"not deleted: {left}")
        if stack.not_deleted:
            return code or _FAILED
        self._say("Deleted everything: no agent, no port and no resource of it is left.")
        return code

    def _show(self, message: LogMessage) -> None:
        self._say(f"{message.severity}: {message.text}")

    def _say(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)


def _summary(outcome: Outcome) -> Summary:
    found = {letter.message_id for letter in outcome.dead_letters}
    return Summary.of_run(
        outcome.ledger,
        outcome.observation,
        lost=len(outcome.ledger.lost(found | outcome.scaled.gauge.message_ids())),
        fixed_replicas=outcome.scaled.scaled_object.max_replica_count,
    )
