"""What can be wrong with an agent's settings, one function for each mistake."""

import re
from collections.abc import Callable

from pulumi_shoal.agent_plan import AgentPlan, plan_agent
from pulumi_shoal.agent_spec import AgentSpec
from pulumi_shoal.problem import Problem, Severity
from pulumi_shoal.quantity import parse_quantity
from shoal_agent import contract
from shoal_planner.planner_input_error import PlannerInputError

# KEDA names the autoscaler keda-hpa-<name>, and that name must fit in a label of 63 characters.
MAX_SCALED_OBJECT_NAME = 54
RESERVED_PREFIX = "SHOAL_"

_DNS_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
_HANDLER = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")


def name_is_no_dns_label(agent: AgentSpec) -> Problem | None:
    """Kubernetes names its objects by DNS labels."""
    if _DNS_LABEL.fullmatch(agent.name):
        return None
    return Problem(
        code="name-not-dns",
        key="name",
        value=agent.name,
        allowed="lower-case letters, digits and hyphens, no hyphen at either end",
        why="Kubernetes names objects by DNS labels",
        fix="rename the agent",
    )


def name_is_too_long(agent: AgentSpec) -> Problem | None:
    """A ScaledObject's name has to leave room for the autoscaler's."""
    if len(agent.name) <= MAX_SCALED_OBJECT_NAME:
        return None
    return Problem(
        code="scaled-object-name-too-long",
        key="name",
        value=agent.name,
        allowed=f"at most {MAX_SCALED_OBJECT_NAME} characters (this has {len(agent.name)})",
        why="KEDA calls the autoscaler keda-hpa-<name>, and Kubernetes stops at 63",
        fix="shorten the name",
    )


def handler_is_no_reference(agent: AgentSpec) -> Problem | None:
    """The agent imports a module and takes an attribute of it."""
    if _HANDLER.fullmatch(agent.handler):
        return None
    return Problem(
        code="handler-malformed",
        key="handler",
        value=agent.handler,
        allowed="module:function, such as my_team.handlers:handle",
        why="the agent imports the module and calls the function",
        fix="write the module, a colon and the function",
    )


def goal_and_numbers(agent: AgentSpec) -> Problem | None:
    """Two sources for one number would leave the reader to guess which one won."""
    both = _explicit(agent)
    if not _goal_parts(agent) or not both:
        return None
    return Problem(
        code="goal-and-numbers",
        key=f"scaling.{both[0]}",
        value=getattr(agent.scaling, both[0]),
        allowed="nothing beside {latency_goal_s}, {processing_time_s} and {peak_rate_per_s}",
        why="that number follows from the goal, and two sources for it would disagree",
        fix="remove it to keep the goal, or remove those three to keep it",
    )


def no_size(agent: AgentSpec) -> Problem | None:
    """A fleet needs a target and an upper end from somewhere."""
    missing = [name for name in _SIZES if getattr(agent.scaling, name) is None]
    if not missing or _goal_parts(agent):
        return None
    return Problem(
        code="no-size",
        key=f"scaling.{missing[0]}",
        value=None,
        allowed="{latency_goal_s} with {processing_time_s} and {peak_rate_per_s}, or "
        "{scaling.queue_length} with {scaling.max_replica_count}",
        why="nothing else says how large the fleet should be",
        fix="give one or the other",
    )


def goal_is_incomplete(agent: AgentSpec) -> Problem | None:
    """The three numbers of a goal only mean something together."""
    given = _goal_parts(agent)
    missing = [name for name in _GOAL if name not in given]
    if not given or not missing or _explicit(agent):
        return None
    return Problem(
        code="goal-incomplete",
        key=missing[0],
        value=None,
        allowed="{latency_goal_s}, {processing_time_s} and {peak_rate_per_s} together",
        why="target and largest fleet follow from the three of them",
        fix=f"add {{{missing[0]}}}, or give {{scaling.queue_length}} and "
        "{scaling.max_replica_count} instead of all three",
    )


def max_below_min(agent: AgentSpec) -> Problem | None:
    """KEDA refuses a fleet whose largest size is under its smallest."""
    plan = _plan(agent)
    least = agent.scaling.min_replica_count
    if plan is None or plan.max_replica_count >= least:
        return None
    derived = agent.scaling.max_replica_count is None
    return Problem(
        code="max-below-min",
        key="scaling.min_replica_count" if derived else "scaling.max_replica_count",
        value=least if derived else plan.max_replica_count,
        allowed=f"at most {plan.max_replica_count}, the largest fleet that the goal needs"
        if derived
        else f"at least {{scaling.min_replica_count}} ({least})",
        why="KEDA refuses a largest fleet that is smaller than the smallest",
        fix="lower {scaling.min_replica_count}, or raise the largest fleet",
    )


def visibility_below_longest_job(agent: AgentSpec) -> Problem | None:
    """Without a heartbeat a message would come back while it is worked on."""
    timeout_s = agent.visibility_timeout_s
    if agent.heartbeat or timeout_s is None or timeout_s > agent.longest_job_s:
        return None
    return Problem(
        code="visibility-below-longest-job",
        key="visibility_timeout_s",
        value=timeout_s,
        allowed=f"more than {{longest_job_s}} ({agent.longest_job_s} s) without {{heartbeat}}",
        why="a second agent would get the message while the first still works on it",
        fix="raise it, leave it out, or set {heartbeat} to true",
    )


def grace_under_drain(agent: AgentSpec) -> Problem | None:
    """A pod killed while it drains loses what it holds."""
    plan = _plan(agent)
    if plan is None or plan.termination_grace_period_s > plan.drain_s:
        return None
    return Problem(
        code="grace-under-drain",
        key="termination_grace_period_s",
        value=plan.termination_grace_period_s,
        allowed=f"more than {{drain_s}} ({plan.drain_s} s)",
        why="the kubelet would kill the agent before it has handed its messages back",
        fix="raise it, or leave it out and it follows {drain_s}",
    )


def drain_under_longest_job(agent: AgentSpec) -> Problem | None:
    """Possible, but every scale-in then repeats work."""
    if agent.drain_s is None or agent.drain_s > agent.longest_job_s:
        return None
    return Problem(
        code="drain-under-longest-job",
        key="drain_s",
        value=agent.drain_s,
        allowed=f"more than {{longest_job_s}} ({agent.longest_job_s} s)",
        why="a long job is handed back at every scale-in and starts again elsewhere",
        fix="raise it, unless that is what you want",
        severity=Severity.WARNING,
    )


def environment_is_reserved(agent: AgentSpec) -> Problem | None:
    """What follows from other settings is not set by hand, and the agent knows no others."""
    taken = next((name for name in agent.environment if not _is_free(name)), None)
    if taken is None:
        return None
    return Problem(
        code="environment-reserved",
        key="environment",
        value=taken,
        allowed=f"names that do not begin with {RESERVED_PREFIX}, and {', '.join(sorted(_FREE))}",
        why="the agent's other variables follow from the settings, or do not exist",
        fix="use the setting of that name, or correct the variable's",
    )


def permission_is_wide(agent: AgentSpec) -> Problem | None:
    """A wildcard resource in a role outlives the reason for it."""
    wide = next((p for p in agent.permissions if "*" in p.actions or "*" in p.resources), None)
    if wide is None:
        return None
    return Problem(
        code="permission-too-wide",
        key="permissions",
        value="*",
        allowed="named actions on named resources",
        why="a handler that reads what strangers send should be able to do little",
        fix="name the actions and the ARNs, unless the service knows no resources",
        severity=Severity.WARNING,
    )


def cpu_limit_throttles(agent: AgentSpec) -> Problem | None:
    """A CPU limit stops a pod while the node idles."""
    limit = agent.resources.cpu_limit
    if limit is None:
        return None
    too_low = parse_quantity(limit) < parse_quantity(agent.resources.cpu)
    return Problem(
        code="cpu-limit-under-request" if too_low else "cpu-limit-throttles",
        key="resources.cpu_limit",
        value=limit,
        allowed=f"at least {{resources.cpu}} ({agent.resources.cpu})" if too_low else "no limit",
        why="Kubernetes refuses a limit under the request"
        if too_low
        else "a limit stops a pod while the node has CPU to spare, and makes processing times jump",
        fix="raise it, or remove it" if too_low else "remove it; {resources.cpu} is guaranteed",
        severity=Severity.ERROR if too_low else Severity.WARNING,
    )


def polling_slower_than_goal(agent: AgentSpec) -> Problem | None:
    """A fleet at zero starts at KEDA's next look, which is part of the wait."""
    scaling = agent.scaling
    goal_s = agent.latency_goal_s
    if goal_s is None or scaling.min_replica_count > 0 or scaling.polling_interval_s < goal_s:
        return None
    return Problem(
        code="polling-slower-than-goal",
        key="scaling.polling_interval_s",
        value=scaling.polling_interval_s,
        allowed=f"less than {{latency_goal_s}} ({goal_s:g} s) while the fleet may be at zero",
        why="the first message of a burst waits for KEDA's next look and then for a pod",
        fix="shorten it, or set {scaling.min_replica_count} to 1 or more",
        severity=Severity.WARNING,
    )


AGENT_RULES: tuple[Callable[[AgentSpec], Problem | None], ...] = (
    name_is_no_dns_label,
    name_is_too_long,
    handler_is_no_reference,
    goal_and_numbers,
    no_size,
    goal_is_incomplete,
    max_below_min,
    visibility_below_longest_job,
    grace_under_drain,
    drain_under_longest_job,
    environment_is_reserved,
    permission_is_wide,
    cpu_limit_throttles,
    polling_slower_than_goal,
)

# What an agent can be told that no setting here derives.
_FREE = {
    contract.IDEMPOTENCY_KEEP_S,
    contract.IDEMPOTENCY_TABLE,
    contract.ISOLATION,
    contract.MIDDLEWARE,
    contract.POLL_WAIT_S,
    contract.RECYCLE_MESSAGES,
    contract.RECYCLE_RSS_MB,
    contract.RETRY_BASE_S,
    contract.RETRY_MAX_S,
    contract.S3_POINTER_MAX_MB,
}
_SIZES = ("queue_length", "max_replica_count")
_GOAL = ("latency_goal_s", "processing_time_s", "peak_rate_per_s")


def _goal_parts(agent: AgentSpec) -> list[str]:
    return [name for name in _GOAL if getattr(agent, name) is not None]


def _is_free(name: str) -> bool:
    return not name.startswith(RESERVED_PREFIX) or name in _FREE


def _explicit(agent: AgentSpec) -> list[str]:
    return [name for name in _SIZES if getattr(agent.scaling, name) is not None]


def _plan(agent: AgentSpec) -> AgentPlan | None:
    """Return the plan where the settings allow one; what prevents it has a rule of its own."""
    try:
        return plan_agent(agent)
    except PlannerInputError:
        return None
