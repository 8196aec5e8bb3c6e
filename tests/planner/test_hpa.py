"""The HPA's two paths, its windows and its policies, on courses worked out from its source."""

from typing import Any

import pytest
from tests.planner.manifests import counts, replicas, scaled_object

UP_AT_ONCE = {"policies": [{"type": "Percent", "value": 900, "periodSeconds": 15}]}
DOWN_AT_ONCE = {
    "stabilizationWindowSeconds": 0,
    "policies": [{"type": "Percent", "value": 100, "periodSeconds": 15}],
}


def policy(kind: str, value: int, period_s: int) -> dict[str, Any]:
    return {"type": kind, "value": value, "periodSeconds": period_s}


def test_without_behavior_a_burst_doubles_from_four() -> None:
    course = replicas(scaled_object(maxReplicaCount=40), [(0, 400)], until=200)
    assert course == [(0, 1), (15, 4), (30, 8), (45, 16), (60, 32), (75, 40)]


@pytest.mark.parametrize("behavior", [{}, {"scaleDown": DOWN_AT_ONCE}, {"scaleUp": {}}])
def test_with_any_behavior_a_burst_takes_four_then_doubles(behavior: dict[str, Any]) -> None:
    settings = scaled_object(maxReplicaCount=40, behavior=behavior)
    course = replicas(settings, [(0, 400)], until=200)
    assert course == [(0, 1), (15, 5), (30, 10), (45, 20), (60, 40)]


def test_without_behavior_one_late_message_brings_a_burst_back() -> None:
    settings = scaled_object(maxReplicaCount=40, pollingInterval=2, cooldownPeriod=20)
    course = replicas(settings, [(0, 400), (80, 0), (126, 1)], until=260)
    assert counts(course) == [1, 4, 8, 16, 32, 40, 0, 1, 4, 8, 16, 32, 40]


def test_with_behavior_one_late_message_wakes_one_replica() -> None:
    settings = scaled_object(
        maxReplicaCount=40,
        pollingInterval=2,
        cooldownPeriod=20,
        behavior={"scaleDown": DOWN_AT_ONCE},
    )
    course = replicas(settings, [(0, 400), (80, 0), (126, 1)], until=260)
    assert counts(course)[-2:] == [0, 1]


def test_without_behavior_the_highest_of_three_hundred_seconds_holds() -> None:
    settings = scaled_object(minReplicaCount=1)
    course = replicas(settings, [(0, 100), (40, 10)], initial=10)
    # The last sync that saw 100 was at 30 s; at 330 s it is as old as the window: outside.
    assert course == [(0, 10), (330, 1)]


def test_a_recommendation_as_old_as_a_window_is_outside_it() -> None:
    down = {**DOWN_AT_ONCE, "stabilizationWindowSeconds": 60}
    settings = scaled_object(minReplicaCount=1, behavior={"scaleDown": down})
    assert replicas(settings, [(0, 100), (40, 10)], initial=10) == [(0, 10), (90, 1)]


def test_a_scale_up_window_waits_for_the_lowest_of_it() -> None:
    up = {**UP_AT_ONCE, "stabilizationWindowSeconds": 45}
    settings = scaled_object(minReplicaCount=1, behavior={"scaleUp": up})
    assert replicas(settings, [(0, 10), (40, 50)], initial=1, until=200) == [(0, 1), (75, 5)]


def test_the_first_sync_remembers_no_replicas_as_a_recommendation() -> None:
    # 0 at the first sync, 15 s: within the window of 60 s only KEDA's own step goes up.
    up = {**UP_AT_ONCE, "stabilizationWindowSeconds": 60}
    settings = scaled_object(pollingInterval=10, behavior={"scaleUp": up})
    course = replicas(settings, [(0, 0), (20, 50)], until=200)
    assert course == [(0, 0), (20, 1), (75, 5)]


@pytest.mark.parametrize(
    ("backlog", "expected"), [(109, 10), (110, 10), (111, 12), (90, 10), (89, 9)]
)
def test_the_tolerance_includes_both_of_its_ends(backlog: int, expected: int) -> None:
    settings = scaled_object(minReplicaCount=1, behavior={"scaleDown": DOWN_AT_ONCE})
    assert counts(replicas(settings, [(0, backlog)], initial=10, until=20))[-1] == expected


def test_each_direction_has_a_tolerance_of_its_own() -> None:
    behavior = {
        "scaleUp": {**UP_AT_ONCE, "tolerance": "300m"},
        "scaleDown": {**DOWN_AT_ONCE, "tolerance": "0"},
    }
    settings = scaled_object(minReplicaCount=1, behavior=behavior)
    assert counts(replicas(settings, [(0, 130)], initial=10, until=20)) == [10]
    assert counts(replicas(settings, [(0, 131)], initial=10, until=20)) == [10, 14]
    assert counts(replicas(settings, [(0, 99)], initial=10, until=20)) == [10]  # ceil(9.9)
    assert counts(replicas(settings, [(0, 90)], initial=10, until=20)) == [10, 9]


@pytest.mark.parametrize(
    ("select", "expected"),
    [("Max", [4, 14, 28]), ("Min", [4, 8, 16]), ("Disabled", [4])],
)
def test_select_policy_chooses_among_scale_up_limits(select: str, expected: list[int]) -> None:
    up = {"selectPolicy": select, "policies": [policy("Pods", 10, 15), policy("Percent", 100, 15)]}
    settings = scaled_object(minReplicaCount=1, behavior={"scaleUp": up})
    assert counts(replicas(settings, [(0, 900)], initial=4, until=40)) == expected


@pytest.mark.parametrize(
    ("select", "expected"),
    [("Max", [40, 20, 10]), ("Min", [40, 37, 34]), ("Disabled", [40])],
)
def test_select_policy_chooses_among_scale_down_limits(select: str, expected: list[int]) -> None:
    down = {
        "stabilizationWindowSeconds": 0,
        "selectPolicy": select,
        "policies": [policy("Pods", 3, 15), policy("Percent", 50, 15)],
    }
    settings = scaled_object(minReplicaCount=1, behavior={"scaleDown": down})
    assert counts(replicas(settings, [(0, 0)], initial=40, until=40)) == expected


def test_percentages_round_so_that_more_may_move() -> None:
    up = {"policies": [policy("Percent", 10, 15)]}
    settings = scaled_object(minReplicaCount=1, maxReplicaCount=200, behavior={"scaleUp": up})
    # 100 x 1.1 is 110.00000000000001 in the HPA's floating point, and rounds up to 111.
    assert counts(replicas(settings, [(0, 9000)], initial=100, until=20)) == [100, 111]
    down = {"stabilizationWindowSeconds": 0, "policies": [policy("Percent", 30, 15)]}
    settings = scaled_object(minReplicaCount=1, behavior={"scaleDown": down})
    assert counts(replicas(settings, [(0, 0)], initial=9, until=20)) == [9, 6]


def test_a_limit_counts_from_the_start_of_its_period() -> None:
    up = {"policies": [policy("Pods", 3, 45)]}
    settings = scaled_object(minReplicaCount=1, behavior={"scaleUp": up})
    assert replicas(settings, [(0, 900)], initial=1, until=120) == [
        (0, 1),
        (15, 4),
        (60, 7),
        (105, 10),
    ]


def test_an_outdated_event_is_overwritten_though_the_other_direction_counts_it() -> None:
    behavior = {
        "scaleUp": {"policies": [policy("Percent", 100, 15)]},
        "scaleDown": {"stabilizationWindowSeconds": 0, "policies": [policy("Pods", 3, 45)]},
    }
    settings = scaled_object(minReplicaCount=1, maxReplicaCount=30, behavior=behavior)
    course = replicas(settings, [(0, 140), (20, 250), (32, 60)], initial=7, until=50)
    # 25 - 11 (the 7 are forgotten) - 3 = 11, not 25 - 11 - 7 - 3 = 4.
    assert course == [(0, 7), (15, 14), (30, 25), (45, 11)]


def test_no_limit_written_as_the_largest_number_forbids_every_scale_up() -> None:
    up = {"policies": [policy("Pods", 2**31 - 1, 15)]}
    settings = scaled_object(minReplicaCount=1, behavior={"scaleUp": up})
    assert counts(replicas(settings, [(0, 900)], initial=1, until=60)) == [1]


@pytest.mark.parametrize(("initial", "expected"), [(18, 12), (1, 3)])
def test_outside_its_bounds_an_hpa_returns_to_them_without_asking(
    initial: int, expected: int
) -> None:
    settings = scaled_object(minReplicaCount=3, maxReplicaCount=12)
    course = replicas(settings, [(0, None)], initial=initial, until=20, first_poll=17)
    assert course == [(0, initial), (15, expected)]


def test_a_metric_that_fails_moves_nothing() -> None:
    settings = scaled_object(minReplicaCount=1, behavior={"scaleDown": DOWN_AT_ONCE})
    course = replicas(settings, [(0, 50), (40, None), (100, 20)], initial=5, until=200)
    assert course == [(0, 5), (105, 2)]


def test_a_value_target_scales_the_ready_replicas_by_the_whole_metric() -> None:
    manifest_trigger = {"queueLength": "10"}
    settings = scaled_object(
        minReplicaCount=1,
        behavior={"scaleUp": UP_AT_ONCE},
        triggers=[
            {
                "type": "aws-sqs-queue",
                "metricType": "Value",
                "metadata": manifest_trigger,
            }
        ],
    )
    assert counts(replicas(settings, [(0, 25)], initial=4, until=20)) == [4, 10]
