"""The model against the HPA controller's own code, run in time that does not pass.

What the controller did with 150 random courses is kept in `hpa_controller/courses.json` (from
Kubernetes 1.36.3; KEDA's own writes in them are the model's). The test marked `cluster` runs as
many fresh ones through the controller again.
"""

import json
from itertools import zip_longest
from typing import Any

import pytest
from tests.planner.hpa_controller.courses import (
    KEPT,
    Course,
    Replicas,
    fresh_courses,
    run_by_the_controller,
)

TOLERANCE_MS = 3000
COURSES: list[dict[str, Any]] = json.loads(KEPT.read_text())


def disagreement(ours: Replicas, theirs: Replicas) -> str | None:
    for mine, real in zip_longest(ours, theirs):
        if mine is None or real is None or mine[1] != real[1]:
            return f"model {mine}, controller {real}"
        if abs(mine[0] - real[0]) > TOLERANCE_MS:
            return f"model {mine}, controller {real}: too far apart in time"
    return None


@pytest.mark.parametrize("number", range(len(COURSES)))
def test_the_model_does_what_the_controller_did(number: int) -> None:
    kept = COURSES[number]
    backlog = [(at, value) for at, value in kept["backlog"]]
    course = Course(kept["manifest"], kept["initial"], backlog, kept["until_s"])
    course.run()
    recorded = [(at, count) for at, count in kept["replicas"]]
    assert disagreement(course.replicas, recorded) is None


def test_the_kept_courses_move_fleets_often_enough_to_tell() -> None:
    assert len(COURSES) >= 150
    assert sum(len(kept["replicas"]) - 1 for kept in COURSES) > 1000


@pytest.mark.cluster
@pytest.mark.timeout(1800)
def test_fresh_courses_agree_with_the_controller() -> None:
    courses = fresh_courses(1000, seed=2)
    results = run_by_the_controller(courses)
    found = [
        (course.manifest, difference)
        for course, replicas in zip(courses, results, strict=True)
        if (difference := disagreement(course.replicas, replicas)) is not None
    ]
    assert found == []
