"""What can be wrong with a new cluster's settings, one function for each mistake."""

from collections.abc import Callable
from ipaddress import ip_network

from pulumi_shoal.cluster_spec import LOG_RETENTION_DAYS, EksClusterSpec
from pulumi_shoal.problem import Problem, Severity

_ANYWHERE = "0.0.0.0/0"


def nodes_in_auto_mode(cluster: EksClusterSpec) -> Problem | None:
    """Auto Mode brings its own nodes."""
    if not cluster.auto_mode or cluster.nodes is None:
        return None
    return Problem(
        code="nodes-in-auto-mode",
        key="nodes",
        value="set",
        allowed="nothing beside {auto_mode}",
        why="EKS chooses and replaces nodes by itself in Auto Mode",
        fix="remove {nodes}, or set {auto_mode} to false",
    )


def node_group_is_inverted(cluster: EksClusterSpec) -> Problem | None:
    """A node group's bounds have an order."""
    nodes = cluster.nodes
    if nodes is None or nodes.max_size >= nodes.min_size:
        return None
    return Problem(
        code="nodes-max-below-min",
        key="nodes.max_size",
        value=nodes.max_size,
        allowed=f"at least {{nodes.min_size}} ({nodes.min_size})",
        why="a node group cannot be larger than its largest size",
        fix="raise it, or lower {nodes.min_size}",
    )


def network_is_half_given(cluster: EksClusterSpec) -> Problem | None:
    """A VPC that is given needs the subnets of its nodes, and subnets need their VPC."""
    network = cluster.network
    subnets = network.private_subnet_ids != []
    if (network.vpc_id is not None) == subnets:
        return None
    missing = "network.vpc_id" if subnets else "network.private_subnet_ids"
    return Problem(
        code="network-incomplete",
        key=missing,
        value=None,
        allowed="{network.vpc_id} with {network.private_subnet_ids}, or neither",
        why="nodes run in private subnets of that VPC",
        fix="add it, or remove the other and a VPC is made",
    )


def cidr_is_malformed(cluster: EksClusterSpec) -> Problem | None:
    """The subnets are cut from the VPC's addresses."""
    try:
        if ip_network(cluster.network.cidr).prefixlen in range(16, 25):
            return None
    except ValueError:
        pass
    return Problem(
        code="cidr-malformed",
        key="network.cidr",
        value=cluster.network.cidr,
        allowed="a network such as 10.0.0.0/16, from /16 to /24",
        why="the zones' subnets are cut from it and AWS allows no larger VPC",
        fix="write the network's first address and its length",
    )


def log_retention_is_unknown(cluster: EksClusterSpec) -> Problem | None:
    """CloudWatch keeps logs for one of a few periods."""
    if cluster.log_retention_days in LOG_RETENTION_DAYS:
        return None
    return Problem(
        code="log-retention-unknown",
        key="log_retention_days",
        value=cluster.log_retention_days,
        allowed=", ".join(map(str, LOG_RETENTION_DAYS)),
        why="CloudWatch takes no other number of days",
        fix="choose the next longer one",
    )


def endpoint_is_open(cluster: EksClusterSpec) -> Problem | None:
    """IAM guards the API; the network can do so too."""
    cidrs = cluster.public_access_cidrs
    if not cluster.endpoint_public or (cidrs and _ANYWHERE not in cidrs):
        return None
    return Problem(
        code="endpoint-open",
        key="public_access_cidrs",
        value=", ".join(cidrs) or None,
        allowed="the networks that you work from",
        why="the Kubernetes API answers the whole internet, and IAM alone keeps it out",
        fix="list your networks, or set {endpoint_public} to false",
        severity=Severity.WARNING,
    )


CLUSTER_RULES: tuple[Callable[[EksClusterSpec], Problem | None], ...] = (
    nodes_in_auto_mode,
    node_group_is_inverted,
    network_is_half_given,
    cidr_is_malformed,
    log_retention_is_unknown,
    endpoint_is_open,
)
