"""`shoal-plan size`: a fleet's settings from one latency goal, each with its reason."""

import argparse
import json
import sys
import textwrap
from dataclasses import fields

from shoal_planner.duration import format_duration, parse_duration_s
from shoal_planner.option_values import number, whole_number
from shoal_planner.planner_input_error import PlannerInputError
from shoal_planner.sizing import FleetPlan, plan_fleet

OPTIONS = {
    "latency_goal_s": "--latency-goal",
    "processing_time_s": "--processing-time",
    "peak_rate_per_s": "--peak-rate",
    "longest_job_s": "--longest-job",
    "concurrency": "--concurrency",
}
"""The planner's parameters, in the words of the command line."""
LABELS = {
    "queue_length": "scaling target (queueLength)",
    "max_replica_count": "largest fleet (maxReplicaCount)",
    "visibility_timeout_s": "visibility timeout",
    "drain_s": "drain",
    "termination_grace_period_s": "termination grace period",
    "oldest_message_alarm_s": "alarm on the oldest message",
}
DEFAULT_LONGEST_JOB = "60s"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.description = (
        "Sizes a fleet from the longest a message may wait. Durations: 250ms, 60s, 5m, 1h30m, "
        "or plain seconds."
    )
    parser.add_argument(
        "--latency-goal", required=True, metavar="D", help="longest wait before work starts"
    )
    parser.add_argument(
        "--processing-time", required=True, metavar="D", help="mean time one message takes"
    )
    parser.add_argument(
        "--peak-rate", required=True, type=number, metavar="N", help="messages a second, at most"
    )
    parser.add_argument(
        "--longest-job",
        default=DEFAULT_LONGEST_JOB,
        metavar="D",
        help="longest time one message may take (default: %(default)s)",
    )
    parser.add_argument(
        "--concurrency",
        default=1,
        type=whole_number,
        metavar="N",
        help="messages one agent works on at once (default: %(default)s)",
    )
    parser.add_argument(
        "--no-heartbeat",
        action="store_true",
        help="agents do not renew the visibility of what they hold",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="as JSON")
    form.add_argument(
        "--config", action="store_true", help="as keys of shoal:agents in Pulumi.<stack>.yaml"
    )


def run(args: argparse.Namespace) -> int:
    """Print the plan."""
    try:
        plan = plan_fleet(
            latency_goal_s=parse_duration_s("--latency-goal", args.latency_goal),
            processing_time_s=parse_duration_s("--processing-time", args.processing_time),
            peak_rate_per_s=args.peak_rate,
            longest_job_s=parse_duration_s("--longest-job", args.longest_job),
            concurrency=args.concurrency,
            heartbeat=not args.no_heartbeat,
        )
    except PlannerInputError as error:
        given = {name: _given(args, option) for name, option in OPTIONS.items()}
        raise error.in_words(OPTIONS, given) from None
    if args.json:
        sys.stdout.write(_json(plan))
    elif args.config:
        sys.stdout.write(_config(args, plan))
    else:
        sys.stdout.write(_text(plan))
    return 0


def _given(args: argparse.Namespace, option: str) -> object:
    return getattr(args, option.removeprefix("--").replace("-", "_"))


def _numbers(plan: FleetPlan) -> dict[str, int]:
    return {f.name: getattr(plan, f.name) for f in fields(plan) if f.name != "explanations"}


def _json(plan: FleetPlan) -> str:
    document = {**_numbers(plan), "explanations": dict(plan.explanations)}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _text(plan: FleetPlan) -> str:
    width = max(len(label) for label in LABELS.values())
    lines = []
    for name, value in _numbers(plan).items():
        lines.append(f"{LABELS[name]:<{width}}  {value}{_unit(name)}")
        lines.append(f"    {plan.explanations[name]}")
    return "\n".join(lines) + "\n"


def _unit(name: str) -> str:
    return " s" if name.endswith("_s") else ""


def _config(args: argparse.Namespace, plan: FleetPlan) -> str:
    """Write the goal; its consequences are comments: the stack derives the same numbers."""
    goal_s = parse_duration_s("--latency-goal", args.latency_goal)
    processing_s = parse_duration_s("--processing-time", args.processing_time)
    longest_s = parse_duration_s("--longest-job", args.longest_job)
    lines = [
        "config:",
        "  shoal:agents:",
        "    - name: my-agent",
        "      handler: my_module:handle",
        f"      concurrency: {args.concurrency}",
        f"      longestJob: {format_duration(longest_s)}",
        f"      latencyGoal: {format_duration(goal_s)}",
        f"      processingTime: {format_duration(processing_s)}",
        f"      peakRate: {args.peak_rate:g}",
    ]
    if args.no_heartbeat:
        lines.append("      heartbeat: false")
    lines.append("      # What follows from it:")
    for name, value in _numbers(plan).items():
        lines.append(f"      # {LABELS[name]}: {value}{_unit(name)}")
        lines += [f"      #   {line}" for line in textwrap.wrap(plan.explanations[name], 84)]
    return "\n".join(lines) + "\n"
