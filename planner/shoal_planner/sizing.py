"""A fleet's settings from one latency goal: the arithmetic and its reasons.

With a processing time of S seconds and c messages worked on at once, a replica completes c/S
messages a second. A backlog of B per replica (visible and in flight, which is what KEDA
counts) is gone after B x S / c seconds, so the backlog that is gone within the latency goal L
is L / S x c. The HPA does nothing while the backlog per replica is within its tolerance of the
target, a tenth, and a busy fleet settles at the upper end of that; so the scaling target is
L / S x c / 1.1. The c messages in flight are part of it: the wait a busy fleet settles at is
L - S, and the goal is where the wait stands, not a bound far above it. A sudden rise adds what
a pod takes to start; `shoal-plan tune` reckons with it. A target below c would ask for slots
that no message can fill; c is therefore the least.

A peak of r messages a second keeps r x S slots busy (Little's law), so r x S / c replicas; the
headroom above it is what works off a backlog while the peak lasts.

Everything about time follows from the longest job: drain outlasts it, the grace period
outlasts the drain, and the visibility timeout outlasts it too unless a heartbeat renews it.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from shoal_planner.hpa_behavior import DEFAULT_TOLERANCE
from shoal_planner.planner_input_error import PlannerInputError

# docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
MAX_VISIBILITY_TIMEOUT_S = 43_200
MAX_RETENTION_S = 1_209_600
# docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html
MAX_IN_FLIGHT = 120_000

_TOLERATED = 1 + DEFAULT_TOLERANCE
"""How far over its target an HPA lets the backlog per replica stand."""
HEADROOM = 1.25
"""Largest fleet over the fleet that the peak keeps busy: at the peak, 80 % of it works."""
VISIBILITY_MARGIN_S = 30
"""Between the end of the longest job and the message's return: time for the delete call."""
HEARTBEAT_VISIBILITY_S = 300
"""The most a heartbeat's timeout needs: how long a crashed agent's messages stay hidden."""
DRAIN_MARGIN_S = 5
"""Between the end of the longest job and the release of what is still held."""
GRACE_MARGIN_S = 20
"""Between the release of what is held and the kill. The agent needs 18 s at worst: 2 for handlers
to stop, 10 for deletes and releases, 6 to close its connections and processes."""


@dataclass(frozen=True, slots=True)
class TimingPlan:
    """The four durations, in seconds, that follow from the longest job.

    `oldest_message_alarm_s` is None where no latency goal says how long a wait is too long.
    `explanations` maps each field that has a number to the sentence that explains it.
    """

    visibility_timeout_s: int
    drain_s: int
    termination_grace_period_s: int
    oldest_message_alarm_s: int | None
    explanations: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FleetPlan:
    """The settings of one fleet, and for each field the sentence that explains it.

    `queue_length` is KEDA's: backlog (visible + in flight) per replica.
    """

    queue_length: int
    max_replica_count: int
    visibility_timeout_s: int
    drain_s: int
    termination_grace_period_s: int
    oldest_message_alarm_s: int
    explanations: Mapping[str, str]


def plan_fleet(
    *,
    latency_goal_s: float,
    processing_time_s: float,
    peak_rate_per_s: float,
    longest_job_s: float,
    concurrency: int,
    heartbeat: bool = True,
) -> FleetPlan:
    """Size a fleet so that a message waits no longer than the latency goal.

    `latency_goal_s` is the longest a message may wait before its work starts,
    `processing_time_s` the mean time one message takes, `peak_rate_per_s` the highest arrival
    rate that lasts, `longest_job_s` the longest one message may take, `concurrency` how many
    messages one replica works on at once, `heartbeat` whether agents renew the visibility of
    what they hold. Raises PlannerInputError where a value cannot work.
    """
    _check_goal(latency_goal_s, processing_time_s, longest_job_s)
    _check_load(peak_rate_per_s, processing_time_s, concurrency)
    timing = _timing(longest_job_s, heartbeat=heartbeat, latency_goal_s=latency_goal_s)
    queue_length = _scaling_target(latency_goal_s, processing_time_s, concurrency)
    max_replicas = largest_fleet(peak_rate_per_s, processing_time_s, concurrency)
    explanations = {
        "queue_length": _explain_target(latency_goal_s, processing_time_s, concurrency),
        "max_replica_count": (
            f"{_n(peak_rate_per_s)} messages a second x {_n(processing_time_s)} s "
            f"÷ {concurrency} at once keep "
            f"{_n(peak_rate_per_s * processing_time_s / concurrency)} replicas busy; "
            f"x {_n(HEADROOM)} leaves room to work off a backlog while the peak lasts."
        ),
        **timing.explanations,
    }
    assert timing.oldest_message_alarm_s is not None  # noqa: S101 - a goal was given
    return FleetPlan(
        queue_length=queue_length,
        max_replica_count=max_replicas,
        visibility_timeout_s=timing.visibility_timeout_s,
        drain_s=timing.drain_s,
        termination_grace_period_s=timing.termination_grace_period_s,
        oldest_message_alarm_s=timing.oldest_message_alarm_s,
        explanations=MappingProxyType(explanations),
    )


def plan_timing(*, longest_job_s: float, heartbeat: bool = True) -> TimingPlan:
    """Derive the durations of a fleet whose scaling is set by hand.

    `longest_job_s` is the longest one message may take; `heartbeat` says whether agents renew
    the visibility of what they hold. The age alarm is None: it needs a latency goal.
    Raises PlannerInputError where SQS cannot hide a message for so long.
    """
    _positive("longest_job_s", longest_job_s, "the longest time one message may take")
    return _timing(longest_job_s, heartbeat=heartbeat, latency_goal_s=None)


def largest_fleet(peak_rate_per_s: float, processing_time_s: float, concurrency: int) -> int:
    """Return the replicas that the peak keeps busy, with headroom, and at least one."""
    return max(1, _ceil(peak_rate_per_s * processing_time_s / concurrency * HEADROOM))


def _scaling_target(latency_goal_s: float, processing_time_s: float, concurrency: int) -> int:
    backlog = latency_goal_s / processing_time_s * concurrency
    return max(concurrency, _floor(backlog / _TOLERATED))


def _timing(longest_job_s: float, *, heartbeat: bool, latency_goal_s: float | None) -> TimingPlan:
    _check_longest_job(longest_job_s)
    visibility_s = _ceil(longest_job_s) + VISIBILITY_MARGIN_S
    if heartbeat:
        visibility_s = min(visibility_s, HEARTBEAT_VISIBILITY_S)
    drain_s = _ceil(longest_job_s) + DRAIN_MARGIN_S
    alarm_s = None if latency_goal_s is None else _ceil(latency_goal_s + longest_job_s)
    explanations = {
        "visibility_timeout_s": _explain_visibility(longest_job_s, heartbeat=heartbeat),
        "drain_s": (
            f"The longest job ({_n(longest_job_s)} s) and {DRAIN_MARGIN_S} s to delete its "
            "message: an agent told to stop finishes what it holds, then releases the rest."
        ),
        "termination_grace_period_s": (
            f"The drain ({drain_s} s) and {GRACE_MARGIN_S} s to hand messages back and exit: "
            "the kill must find nothing left to lose."
        ),
    }
    if latency_goal_s is not None:
        explanations["oldest_message_alarm_s"] = (
            f"The latency goal ({_n(latency_goal_s)} s) and the longest job "
            f"({_n(longest_job_s)} s), since the age of a message counts until it is deleted: "
            "an older one has missed the goal, or failed and come back."
        )
    return TimingPlan(
        visibility_timeout_s=visibility_s,
        drain_s=drain_s,
        termination_grace_period_s=drain_s + GRACE_MARGIN_S,
        oldest_message_alarm_s=alarm_s,
        explanations=MappingProxyType(explanations),
    )


def _explain_target(goal_s: float, processing_s: float, concurrency: int) -> str:
    backlog = goal_s / processing_s * concurrency
    sum_ = f"{_n(goal_s)} s ÷ {_n(processing_s)} s x {concurrency} at once"
    if backlog / _TOLERATED < concurrency:
        return (
            f"{sum_} ÷ {_n(_TOLERATED)} is less than the {concurrency} a replica holds in flight, "
            "which KEDA counts too; so one slot for every message: a lower target would pay for "
            "idle ones."
        )
    return (
        f"{sum_} is the backlog, messages in flight included as KEDA counts them, that a replica "
        f"works off within the goal; ÷ {_n(_TOLERATED)}, as the HPA lets a backlog stand a tenth "
        "over its target before it acts."
    )


def _explain_visibility(longest_job_s: float, *, heartbeat: bool) -> str:
    if heartbeat and _ceil(longest_job_s) + VISIBILITY_MARGIN_S > HEARTBEAT_VISIBILITY_S:
        return (
            "Agents renew it while they work, so it need not cover the longest job "
            f"({_n(longest_job_s)} s); it is how long a crashed agent's messages stay hidden."
        )
    return (
        f"The longest job ({_n(longest_job_s)} s) and {VISIBILITY_MARGIN_S} s to delete its "
        "message: a shorter one would show a message to a second agent while the first works."
    )


def _check_goal(latency_goal_s: float, processing_time_s: float, longest_job_s: float) -> None:
    _positive("latency_goal_s", latency_goal_s, "the longest a message may wait before work starts")
    _positive("processing_time_s", processing_time_s, "the mean time one message takes")
    _positive("longest_job_s", longest_job_s, "the longest time one message may take")
    if latency_goal_s > MAX_RETENTION_S:
        raise PlannerInputError(
            "latency_goal_s",
            latency_goal_s,
            allowed=f"at most {MAX_RETENTION_S} s (14 days)",
            why="SQS deletes a message after 14 days",
            fix="set a goal that a message lives to see",
        )
    if longest_job_s < processing_time_s:
        raise PlannerInputError(
            "longest_job_s",
            longest_job_s,
            allowed=f"at least processing_time_s, which is {_n(processing_time_s)} s",
            why="the longest job cannot be shorter than the mean",
            fix="give the longest time one message may take",
        )


def _check_load(peak_rate_per_s: float, processing_time_s: float, concurrency: int) -> None:
    _positive("peak_rate_per_s", peak_rate_per_s, "the highest arrival rate that lasts")
    if type(concurrency) is not int or concurrency < 1:
        raise PlannerInputError(
            "concurrency",
            concurrency,
            allowed="a whole number, 1 or more",
            why="it is how many messages one replica works on at once",
            fix="give 1 for a handler that needs a whole CPU, more for one that waits on others",
        )
    if concurrency > MAX_IN_FLIGHT:
        raise PlannerInputError(
            "concurrency",
            concurrency,
            allowed=f"at most {MAX_IN_FLIGHT}",
            why="SQS lets no more messages of a queue be in flight",
        )
    in_flight = largest_fleet(peak_rate_per_s, processing_time_s, concurrency) * concurrency
    if in_flight > MAX_IN_FLIGHT:
        highest = MAX_IN_FLIGHT / processing_time_s / HEADROOM
        raise PlannerInputError(
            "peak_rate_per_s",
            peak_rate_per_s,
            allowed=f"at most {highest:.6g} at a processing time of {_n(processing_time_s)} s",
            why=f"{in_flight} messages would be in flight and SQS allows {MAX_IN_FLIGHT} a queue",
            fix="split the load over several queues, or shorten the processing time",
        )


def _check_longest_job(longest_job_s: float) -> None:
    highest = MAX_VISIBILITY_TIMEOUT_S - VISIBILITY_MARGIN_S
    if longest_job_s > highest:
        raise PlannerInputError(
            "longest_job_s",
            longest_job_s,
            allowed=f"at most {highest} s",
            why=(
                f"SQS hides a received message for {MAX_VISIBILITY_TIMEOUT_S} s (12 hours) at "
                "most, however often a heartbeat renews it"
            ),
            fix="split the job into shorter ones that each have their own message",
        )


def _positive(parameter: str, value: float, meaning: str) -> None:
    if type(value) not in (int, float) or not math.isfinite(value) or value <= 0:
        raise PlannerInputError(
            parameter,
            value,
            allowed="a number above 0",
            why=f"it is {meaning}",
        )


def _n(value: float) -> str:
    """Write a number as people do: no trailing zeros, no exponent where it can be helped."""
    return f"{value:.10g}"


def _floor(value: float) -> int:
    """Round down, forgiving the last bits of a division such as 0.3 / 0.1."""
    return math.floor(value + 1e-9)


def _ceil(value: float) -> int:
    """Round up, forgiving the last bits likewise."""
    return math.ceil(value - 1e-9)
