"""What a fleet costs in a month, line by line.

From a simulation, scaled to a month of 730 hours: the nodes under the pods, every SQS request
(sends, receives, deletes, heartbeats, the long polls of idle agents, KEDA's own reads), the way
out of the private subnets, alarms and logs; and the cluster itself, where it is the fleet's own.

Requests are counted dearly: one receive and one delete for each message, though both can be
batched by ten. An idle slot's agent asks once every 20 s. The free tier is left out.
"""

from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from shoal_planner.fleet import Fleet
from shoal_planner.planner_input_error import PlannerInputError
from shoal_planner.prices import Prices
from shoal_planner.simulation import SimulationResult

LONG_POLL_S = 20
HEARTBEATS_PER_VISIBILITY_TIMEOUT = 3
MILLION = 1_000_000
KB_PER_GB = 1_000_000
Network = Literal["nat", "endpoints", "none"]


@dataclass(frozen=True, slots=True)
class CostOptions:
    """What a bill depends on besides the fleet.

    - `instance_type`, `spot_share`: the nodes, and how many of them (0 to 1) are spot.
    - `root_volume_gb`: each node's disk.
    - `cluster`: whether to count the EKS control plane; `auto_mode`: and its surcharge on nodes.
    - `fifo`: the queue is FIFO.
    - `network`: `nat` (`gateways` of them), `endpoints` (interface endpoints in `zones` zones),
      or `none`; `message_kb` goes through it for each message.
    - `alarms`, `log_kb_per_message`: CloudWatch.
    """

    instance_type: str = "m7i.large"
    spot_share: float = 0.0
    root_volume_gb: float = 50.0
    cluster: bool = True
    auto_mode: bool = False
    fifo: bool = False
    network: Network = "nat"
    gateways: int = 1
    endpoints: int = 5
    zones: int = 2
    message_kb: float = 64.0
    alarms: int = 4
    log_kb_per_message: float = 1.0

    def __post_init__(self) -> None:
        if not 0 <= self.spot_share <= 1:
            raise PlannerInputError("--spot-share", self.spot_share, allowed="a share from 0 to 1")
        if self.message_kb < 0:
            raise PlannerInputError("--message-kb", self.message_kb, allowed="0 or more")

    def on(self, instance_type: str, spot_share: float) -> "CostOptions":
        """Return the same on other nodes."""
        return replace(self, instance_type=instance_type, spot_share=spot_share)


class CostLine(NamedTuple):
    """One line of the bill: `quantity` of `unit` at `price` each."""

    item: str
    quantity: float
    unit: str
    price: float

    @property
    def amount(self) -> float:
        """Quantity times price."""
        return self.quantity * self.price


def monthly_cost(
    result: SimulationResult, fleet: Fleet, prices: Prices, options: CostOptions
) -> list[CostLine]:
    """Return the bill of a month that goes on as the simulation did."""
    months = result.duration_s / 3600 / prices.of("hours_per_month")
    return [
        *_nodes(result.node_s / 3600 / months, prices, options),
        *_requests(result, fleet, months, prices, options),
        *_cluster(prices, options),
        *_network(result.received / months, prices, options),
        CostLine("CloudWatch alarms", options.alarms, "alarm", prices.of("cloudwatch_alarm_month")),
        CostLine(
            "CloudWatch logs",
            result.received / months * options.log_kb_per_message / KB_PER_GB,
            "GB",
            prices.of("cloudwatch_logs_gb"),
        ),
    ]


def total(lines: list[CostLine]) -> float:
    """Return the sum of a bill."""
    return sum(line.amount for line in lines)


def _nodes(node_hours: float, prices: Prices, options: CostOptions) -> list[CostLine]:
    on_demand = prices.instance_hour(options.instance_type)
    spot = on_demand * prices.of("spot_share_of_on_demand")
    name = options.instance_type
    spot_hours = node_hours * options.spot_share
    lines = [CostLine(f"nodes, {name} on demand", node_hours - spot_hours, "hour", on_demand)]
    if spot_hours:
        lines.append(CostLine(f"nodes, {name} spot", spot_hours, "hour", spot))
    if options.auto_mode:
        share = prices.of("eks_auto_mode_share")
        lines.append(CostLine("EKS Auto Mode", node_hours, "node hour", on_demand * share))
    disk_gb_months = node_hours * options.root_volume_gb / prices.of("hours_per_month")
    lines.append(
        CostLine("nodes' disks", disk_gb_months, "GB month", prices.of("root_volume_gb_month"))
    )
    return lines


def _requests(
    result: SimulationResult, fleet: Fleet, months: float, prices: Prices, options: CostOptions
) -> list[CostLine]:
    price = prices.of("sqs_fifo_million_requests" if options.fifo else "sqs_million_requests")
    heartbeats = 0.0
    if fleet.heartbeat:
        every_s = fleet.visibility_timeout_s / HEARTBEATS_PER_VISIBILITY_TIMEOUT
        heartbeats = result.received * (fleet.processing_time.mean_s // every_s)
    slot_s = result.ready_s * fleet.concurrency
    busy_s = result.received * fleet.processing_time.mean_s
    idle_share = max(0.0, 1 - busy_s / slot_s) if slot_s else 0.0
    counts = {
        "SQS send, receive, delete": result.sent + result.received + result.done,
        "SQS heartbeats": heartbeats,
        "SQS idle long polls": result.ready_s * idle_share / LONG_POLL_S,
        "SQS reads by the scaler": float(result.queue_reads),
    }
    return [
        CostLine(item, count / months / MILLION, "million requests", price)
        for item, count in counts.items()
        if count
    ]


def _cluster(prices: Prices, options: CostOptions) -> list[CostLine]:
    if not options.cluster:
        return []
    hours = prices.of("hours_per_month")
    return [CostLine("EKS control plane", hours, "hour", prices.of("eks_cluster_hour"))]


def _network(messages: float, prices: Prices, options: CostOptions) -> list[CostLine]:
    hours = prices.of("hours_per_month")
    gigabytes = messages * options.message_kb / KB_PER_GB
    if options.network == "nat":
        return [
            CostLine(
                "NAT gateways", options.gateways * hours, "hour", prices.of("nat_gateway_hour")
            ),
            CostLine("NAT traffic", gigabytes, "GB", prices.of("nat_gateway_gb")),
        ]
    if options.network == "endpoints":
        count = options.endpoints * options.zones
        return [
            CostLine("VPC endpoints", count * hours, "hour", prices.of("interface_endpoint_hour")),
            CostLine("endpoint traffic", gigabytes, "GB", prices.of("interface_endpoint_gb")),
        ]
    return []
