"""What holds for every ScaledObject and every course of a queue."""

import itertools
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.planner.manifests import counts, replicas, scaled_object

SYNC_S = 15
UNTIL_S = 600

policies = st.lists(
    st.builds(
        lambda kind, value, period_s: {"type": kind, "value": value, "periodSeconds": period_s},
        st.sampled_from(["Pods", "Percent"]),
        st.integers(1, 200),
        st.integers(1, 120),
    ),
    min_size=1,
    max_size=3,
)
rules = st.fixed_dictionaries(
    {},
    optional={
        "stabilizationWindowSeconds": st.integers(0, 120),
        "selectPolicy": st.sampled_from(["Max", "Min", "Disabled"]),
        "policies": policies,
    },
)
behaviors = st.none() | st.fixed_dictionaries({}, optional={"scaleUp": rules, "scaleDown": rules})
backlogs = st.lists(
    st.tuples(st.integers(0, UNTIL_S), st.none() | st.integers(0, 1500)), min_size=1, max_size=12
).map(lambda steps: sorted(steps, key=lambda step: step[0]))


@st.composite
def bounds(draw: st.DrawFn) -> dict[str, Any]:
    """Draw the bounds and KEDA's own numbers of a ScaledObject."""
    maximum = draw(st.integers(1, 60))
    return {
        "minReplicaCount": draw(st.integers(0, maximum)),
        "maxReplicaCount": maximum,
        "pollingInterval": draw(st.integers(1, 60)),
        "cooldownPeriod": draw(st.integers(0, 120)),
    }


@given(bounds(), behaviors, backlogs, st.integers(0, 80))
def test_once_within_its_bounds_a_fleet_stays_there(
    spec: dict[str, Any], behavior: Any, backlog: Any, initial: int
) -> None:
    settings = scaled_object(behavior=behavior, **spec)
    course = replicas(settings, backlog, initial=initial, until=UNTIL_S)
    lowest = 0 if settings.min_replica_count == 0 else settings.min_replica_count
    settled = [count for at, count in course if at > SYNC_S]
    assert all(lowest <= count <= settings.max_replica_count for count in settled)


@given(bounds(), rules, backlogs, st.integers(0, 60))
def test_a_disabled_scale_up_leaves_only_the_steps_of_keda(
    spec: dict[str, Any], down: Any, backlog: Any, initial: int
) -> None:
    behavior = {"scaleUp": {"selectPolicy": "Disabled"}, "scaleDown": down}
    settings = scaled_object(behavior=behavior, **spec)
    course = counts(replicas(settings, backlog, initial=initial, until=UNTIL_S))
    raised = [after for before, after in itertools.pairwise(course) if after > before]
    assert set(raised) <= {settings.hpa_min_replicas}


@given(bounds(), rules, backlogs, st.integers(0, 60))
def test_a_disabled_scale_down_leaves_only_the_steps_of_keda(
    spec: dict[str, Any], up: Any, backlog: Any, initial: int
) -> None:
    behavior = {"scaleUp": up, "scaleDown": {"selectPolicy": "Disabled"}}
    settings = scaled_object(behavior=behavior, **spec)
    course = counts(replicas(settings, backlog, initial=initial, until=UNTIL_S))
    lowered = [after for before, after in itertools.pairwise(course) if after < before]
    assert set(lowered) <= {0, settings.max_replica_count}


@given(st.integers(1, 20), st.integers(1, 120), backlogs, st.integers(1, 30))
def test_no_window_of_a_period_adds_more_pods_than_the_policy_says(
    value: int, period_s: int, backlog: Any, initial: int
) -> None:
    up = {"policies": [{"type": "Pods", "value": value, "periodSeconds": period_s}]}
    down = {"selectPolicy": "Disabled"}
    settings = scaled_object(minReplicaCount=1, behavior={"scaleUp": up, "scaleDown": down})
    course = replicas(settings, backlog, initial=initial, until=UNTIL_S)
    for start, before in course:
        within = [count for at, count in course if start <= at < start + period_s]
        assert max(within) - before <= value


@given(st.integers(1, 20), st.integers(1, 120), backlogs, st.integers(1, 60))
def test_no_window_of_a_period_removes_more_pods_than_the_policy_says(
    value: int, period_s: int, backlog: Any, initial: int
) -> None:
    down = {
        "stabilizationWindowSeconds": 0,
        "policies": [{"type": "Pods", "value": value, "periodSeconds": period_s}],
    }
    up = {"selectPolicy": "Disabled"}
    settings = scaled_object(minReplicaCount=1, behavior={"scaleUp": up, "scaleDown": down})
    course = replicas(settings, backlog, initial=initial, until=UNTIL_S)
    for start, before in course:
        within = [count for at, count in course if start <= at < start + period_s]
        assert before - min(within) <= value


@given(bounds(), behaviors, st.integers(0, 1500), st.integers(0, 60))
def test_a_backlog_that_stays_ends_in_a_fleet_that_fits_it(
    spec: dict[str, Any], behavior: Any, backlog: int, initial: int
) -> None:
    disabled = {key for key, rule in (behavior or {}).items() if "selectPolicy" in rule}
    settings = scaled_object(behavior=None if disabled else behavior, **spec)
    last = counts(replicas(settings, [(0, backlog)], initial=initial))[-1]
    if backlog == 0:
        assert last == settings.min_replica_count
        return
    fitting = -(-backlog // settings.queue_length)
    clamped = min(max(fitting, settings.hpa_min_replicas), settings.max_replica_count)
    within_tolerance = 0.9 <= backlog / (settings.queue_length * last) <= 1.1
    assert last == clamped or within_tolerance


@given(bounds(), behaviors, backlogs)
def test_with_a_minimum_the_polling_interval_changes_nothing(
    spec: dict[str, Any], behavior: Any, backlog: Any
) -> None:
    spec = spec | {"minReplicaCount": max(spec["minReplicaCount"], 1)}
    settings = scaled_object(behavior=behavior, **spec)
    often = scaled_object(behavior=behavior, **spec | {"pollingInterval": 1})
    start = settings.min_replica_count
    course = replicas(settings, backlog, initial=start, until=UNTIL_S)
    assert course == replicas(often, backlog, initial=start, until=UNTIL_S)
