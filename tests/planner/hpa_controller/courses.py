"""Courses of a backlog, run by the model and by the HPA controller's own code.

``python -m tests.planner.hpa_controller.courses --count 150 --seed 1`` runs fresh ones (Go and
the modules of Kubernetes are needed) and writes ``courses.json``, which the default tests read.
"""

import argparse
import json
import os
import random
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.planner.hpa_controller.random_courses import (
    FIRST_POLL_S,
    SYNC_S,
    Backlog,
    random_backlog,
    random_manifest,
)

from shoal_planner import FleetScaler, QueueDepth, ScaledObject

HERE = Path(__file__).resolve().parent
KEPT = HERE / "courses.json"
GO_MODULES = HERE.parents[1] / "cluster" / "tools" / "kubernetes" / "go.mod"

Replicas = list[tuple[int, int]]
"""Milliseconds and replicas: the start, then every change."""


@dataclass
class Course:
    """One ScaledObject and one backlog, and what the model makes of them."""

    manifest: dict[str, Any]
    initial: int
    backlog: Backlog
    until_s: int
    replicas: Replicas = field(default_factory=list)
    keda_writes: Replicas = field(default_factory=list)

    def run(self) -> None:
        """Run the model; note its replicas, and KEDA's share of the changes."""
        scaler = FleetScaler(
            ScaledObject.from_manifest(self.manifest),
            created_ms=0,
            first_poll_ms=round(FIRST_POLL_S * 1000),
        )
        now = self.initial
        self.replicas, self.keda_writes = [(0, now)], []
        while (at_ms := scaler.next_due_ms) < self.until_s * 1000:
            depth = self._depth(at_ms)
            after = scaler.step(at_ms, depth, spec_replicas=now, status_replicas=now)
            if after != now:
                now = after
                self.replicas.append((at_ms, now))
                if at_ms % (SYNC_S * 1000) != 0:  # polls are never at a sync's instant
                    self.keda_writes.append((at_ms, now))

    def _depth(self, at_ms: int) -> QueueDepth | None:
        messages = [value for at_s, value in self.backlog if at_s * 1000 <= at_ms][-1]
        return None if messages is None else QueueDepth(messages)

    def for_the_controller(self) -> dict[str, Any]:
        """Return what the Go test reads."""
        settings = ScaledObject.from_manifest(self.manifest)
        config = self.manifest["spec"].get("advanced", {}).get("horizontalPodAutoscalerConfig", {})
        return {
            "min": settings.hpa_min_replicas,
            "max": settings.max_replica_count,
            "target": settings.queue_length,
            "behavior": config.get("behavior"),
            "initial": self.initial,
            "backlog": [{"at_ms": at * 1000, "value": value} for at, value in self.backlog],
            "writes": [{"at_ms": at, "value": value} for at, value in self.keda_writes],
            "until_ms": self.until_s * 1000,
        }


def fresh_courses(count: int, seed: int) -> list[Course]:
    """Return courses drawn at random, run by the model."""
    draw = random.Random(seed)  # noqa: S311 - courses, not secrets
    courses = []
    for _ in range(count):
        manifest = random_manifest(draw)
        settings = ScaledObject.from_manifest(manifest)
        until_s = draw.choice([600, 900, 1500]) + SYNC_S // 2
        maximum = settings.max_replica_count
        initial = draw.choice([0, 0, 1, settings.min_replica_count, draw.randrange(maximum + 3)])
        backlog = random_backlog(draw, settings.queue_length, maximum, until_s)
        courses.append(Course(manifest, initial, backlog, until_s))
        courses[-1].run()
    return courses


def run_by_the_controller(courses: Sequence[Course]) -> list[Replicas]:
    """Return what the HPA controller's own code makes of the same courses."""
    with tempfile.TemporaryDirectory() as folder:
        asked, answered = Path(folder, "courses.json"), Path(folder, "results.json")
        asked.write_text(json.dumps([course.for_the_controller() for course in courses]))
        done = subprocess.run(
            ["go", "test", "-trimpath", f"-modfile={GO_MODULES}", "-count=1", "."],
            cwd=HERE,
            env=os.environ | {"COURSES": str(asked), "RESULTS": str(answered), "CGO_ENABLED": "0"},
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            raise RuntimeError(done.stdout[-2000:] + done.stderr[-2000:])
        return [[(at, count) for at, count in one] for one in json.loads(answered.read_text())]


def main() -> None:
    """Run fresh courses through the controller and keep what it did."""
    parser = argparse.ArgumentParser(description="Keep what the HPA controller does.")
    parser.add_argument("--count", type=int, default=150)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    courses = fresh_courses(arguments.count, arguments.seed)
    kept = [
        {
            "manifest": course.manifest,
            "initial": course.initial,
            "until_s": course.until_s,
            "backlog": course.backlog,
            "replicas": replicas,
        }
        for course, replicas in zip(courses, run_by_the_controller(courses), strict=True)
    ]
    lines = ",\n".join(json.dumps(each, separators=(",", ":")) for each in kept)
    KEPT.write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()
