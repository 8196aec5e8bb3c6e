"""A fleet as the models see it: its queue, its agents and the nodes they run on."""

from dataclasses import dataclass, field

from shoal_planner.planner_input_error import PlannerInputError
from shoal_planner.processing_time import ProcessingTime
from shoal_planner.sizing import plan_timing

DEFAULT_MAX_RECEIVE_COUNT = 5


@dataclass(frozen=True, slots=True)
class Fleet:
    """Everything about a fleet but its load and its scaling.

    Agents
      - `processing_time`: of one message.
      - `concurrency`: messages one agent works on at once.
      - `start_delay_s`: from a pod's creation on a node with room until its first receive
        (scheduling, image, start, readiness).
      - `drain_s`, `termination_grace_period_s`: on removal, an agent works on what it holds for
        the drain, then hands the rest back; what it has not handed back at the end of the grace
        period is lost to it and waits for the visibility timeout. Default: from `longest_job_s`.
      - `drains`: False is an agent that ignores SIGTERM and receives until it is killed.
      - `cpu_share`: part of the processing time spent on a CPU; what a CPU-driven HPA sees.

    Queue
      - `visibility_timeout_s` (default from `longest_job_s`), `heartbeat`: whether agents renew
        it, `max_receive_count`: deliveries before the DLQ, `delay_s`: SQS's DelaySeconds.
      - `failure_share`: part of the attempts that fail; `retry_delay_s`: until the next one.

    Nodes
      - `pods_per_node`: agents that fit one node; `node_provisioning_s`: from a pod that does
        not fit until the new node is ready; `node_idle_s`: how long a node that is not needed
        is kept; `min_nodes`: nodes that always run.
    """

    processing_time: ProcessingTime
    concurrency: int = 1
    longest_job_s: float = 60.0
    start_delay_s: float = 10.0
    drains: bool = True
    cpu_share: float = 0.5
    heartbeat: bool = True
    max_receive_count: int = DEFAULT_MAX_RECEIVE_COUNT
    delay_s: float = 0.0
    failure_share: float = 0.0
    retry_delay_s: float = 30.0
    pods_per_node: int = 4
    node_provisioning_s: float = 60.0
    node_idle_s: float = 60.0
    min_nodes: int = 0
    visibility_timeout_s: float = field(default=-1.0)
    drain_s: float = field(default=-1.0)
    termination_grace_period_s: float = field(default=-1.0)

    def __post_init__(self) -> None:
        timing = plan_timing(longest_job_s=self.longest_job_s, heartbeat=self.heartbeat)
        for name in ("visibility_timeout_s", "drain_s", "termination_grace_period_s"):
            if getattr(self, name) < 0:
                object.__setattr__(self, name, float(getattr(timing, name)))
        _check(self)


def _check(fleet: Fleet) -> None:
    at_least: dict[str, float] = {
        "concurrency": 1,
        "max_receive_count": 1,
        "pods_per_node": 1,
        "visibility_timeout_s": 1,
        "start_delay_s": 0,
        "delay_s": 0,
        "retry_delay_s": 0,
        "node_provisioning_s": 0,
        "node_idle_s": 0,
        "min_nodes": 0,
    }
    for name, least in at_least.items():
        if getattr(fleet, name) < least:
            raise PlannerInputError(name, getattr(fleet, name), allowed=f"{least:g} or more")
    for name in ("cpu_share", "failure_share"):
        value = getattr(fleet, name)
        if not 0 <= value <= 1:
            raise PlannerInputError(name, value, allowed="a share from 0 to 1")
