from typing import Any

import pytest
from tests.components.agents import HERE

from pulumi_shoal.cluster_rules import CLUSTER_RULES
from pulumi_shoal.cluster_spec import EksClusterSpec
from pulumi_shoal.settings_reader import read


def _found(**settings: Any) -> set[str]:
    given = {"public_access_cidrs": ["203.0.113.0/24"], **settings}
    spec = read(EksClusterSpec, given, HERE)
    return {problem.code for rule in CLUSTER_RULES if (problem := rule(spec))}


def test_nothing_is_wrong_with_a_cluster_of_defaults() -> None:
    assert _found() == set()


def test_auto_mode_brings_its_own_nodes() -> None:
    assert _found(auto_mode=True) == set()
    assert _found(auto_mode=True, nodes={}) == {"nodes-in-auto-mode"}


def test_a_node_groups_bounds_have_an_order() -> None:
    assert _found(nodes={"min_size": 4, "max_size": 3}) == {"nodes-max-below-min"}


@pytest.mark.parametrize("half", [{"vpc_id": "vpc-1"}, {"private_subnet_ids": ["subnet-1"]}])
def test_a_network_is_given_whole_or_not_at_all(half: dict[str, Any]) -> None:
    assert _found(network=half) == {"network-incomplete"}
    whole = {"vpc_id": "vpc-1", "private_subnet_ids": ["subnet-1", "subnet-2"]}
    assert _found(network=whole) == set()


@pytest.mark.parametrize("cidr", ["10.0.0.0/8", "10.0.0.1/16", "10.0.0.0/28", "everything"])
def test_a_cidr_is_a_network_that_subnets_can_be_cut_from(cidr: str) -> None:
    assert _found(network={"cidr": cidr}) == {"cidr-malformed"}


def test_logs_are_kept_for_one_of_cloudwatchs_periods() -> None:
    assert _found(log_retention_days=100) == {"log-retention-unknown"}


@pytest.mark.parametrize("cidrs", [[], ["0.0.0.0/0"]])
def test_an_api_open_to_the_internet_is_doubtful(cidrs: list[str]) -> None:
    assert _found(public_access_cidrs=cidrs) == {"endpoint-open"}
    assert _found(public_access_cidrs=cidrs, endpoint_public=False) == set()
