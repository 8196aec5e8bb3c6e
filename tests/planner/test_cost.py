"""A month's bill, and the prices behind it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.planner.fleets import fleet, run_fixed, steady

from shoal_planner.cost import CostLine, CostOptions, monthly_cost, total
from shoal_planner.planner_input_error import PlannerInputError
from shoal_planner.prices import default_prices
from shoal_planner.simulation import SimulationResult

PRICES = default_prices()
HOURS = 730


@pytest.fixture(scope="module")
def hour() -> SimulationResult:
    """Four agents of one slot on one node, for an hour, at 1 message a second of 2 s each."""
    return run_fixed(steady(1.0, 3_600, 1), fleet(2.0, "fixed"), 4)


def bill(result: SimulationResult, options: CostOptions) -> dict[str, CostLine]:
    return {line.item: line for line in monthly_cost(result, fleet(), PRICES, options)}


def test_a_node_that_runs_all_month_costs_its_price_times_730_hours(
    hour: SimulationResult,
) -> None:
    line = bill(hour, CostOptions(instance_type="m5.large"))["nodes, m5.large on demand"]
    assert line.amount == pytest.approx(HOURS * 0.096)


def test_a_spot_share_moves_hours_from_one_line_to_another(hour: SimulationResult) -> None:
    lines = bill(hour, CostOptions(spot_share=0.75))
    assert lines["nodes, m7i.large spot"].quantity == pytest.approx(0.75 * HOURS)
    assert lines["nodes, m7i.large on demand"].quantity == pytest.approx(0.25 * HOURS)
    assert lines["nodes, m7i.large spot"].price < lines["nodes, m7i.large on demand"].price


def test_every_message_is_sent_received_and_deleted(hour: SimulationResult) -> None:
    line = bill(hour, CostOptions())["SQS send, receive, delete"]
    assert line.quantity == pytest.approx(3 * 3_600 * HOURS / 1e6, rel=0.05)


def test_idle_slots_still_poll_every_twenty_seconds(hour: SimulationResult) -> None:
    line = bill(hour, CostOptions())["SQS idle long polls"]
    assert line.quantity == pytest.approx(0.5 * 4 * 3_600 / 20 * HOURS / 1e6, rel=0.1)


def test_what_the_scaler_reads_is_on_the_bill(hour: SimulationResult) -> None:
    line = bill(replace(hour, queue_reads=240), CostOptions())["SQS reads by the scaler"]
    assert line.quantity == pytest.approx(240 * HOURS / 1e6)


def test_each_way_out_of_the_network_has_its_own_lines(hour: SimulationResult) -> None:
    assert "NAT gateways" in bill(hour, CostOptions(network="nat"))
    assert "VPC endpoints" in bill(hour, CostOptions(network="endpoints"))
    assert not {"NAT gateways", "VPC endpoints"} & bill(hour, CostOptions(network="none")).keys()


def test_a_shared_cluster_is_left_out_when_asked(hour: SimulationResult) -> None:
    with_, without = (total([*bill(hour, CostOptions(cluster=c)).values()]) for c in (True, False))
    assert with_ - without == pytest.approx(73)


@given(factor=st.floats(min_value=1.0, max_value=100.0), key=st.sampled_from(sorted(PRICES.values)))
def test_a_higher_price_never_makes_a_cheaper_bill(factor: float, key: str) -> None:
    if not isinstance(PRICES.values[key], float) or key == "hours_per_month":
        return
    result = run_fixed(steady(1.0, 600, 1), fleet(2.0, "fixed"), 4)
    dearer = PRICES.overridden({key: PRICES.of(key) * factor})
    options = CostOptions(spot_share=0.5, auto_mode=True)
    plain = total(monthly_cost(result, fleet(), PRICES, options))
    assert total(monthly_cost(result, fleet(), dearer, options)) >= plain


def test_prices_say_where_they_come_from() -> None:
    assert "aws.amazon.com" in PRICES.provenance
    assert "2026" in PRICES.provenance


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"nat_gateway_hours": 1}, "nat_gateway_hours"),
        ({"eks_cluster_hour": -1}, "0 or more"),
        ({"instance_hour": {"m7i.large": "cheap"}}, "instance_hour.m7i.large"),
    ],
)
def test_a_price_that_is_none_is_refused(changes: dict[str, object], says: str) -> None:
    with pytest.raises(PlannerInputError, match=says):
        PRICES.overridden(changes)


def test_an_instance_type_without_a_price_can_be_given_one() -> None:
    with pytest.raises(PlannerInputError, match="--prices"):
        PRICES.instance_hour("x9.mega")
    assert PRICES.overridden({"instance_hour": {"x9.mega": 2}}).instance_hour("x9.mega") == 2
