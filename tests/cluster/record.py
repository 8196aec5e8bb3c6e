"""Record what a real KEDA and HPA do, for the planner to be held to.

``python -m tests.cluster.record [NAME ...]`` runs the named scenarios, or all, side by side
(about a quarter of an hour) and writes one folder for each.
"""

import argparse
import csv
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import yaml
from tests.cluster.control_plane import control_plane
from tests.cluster.recorder import Recorder, Recording
from tests.cluster.scenario import Scenario
from tests.cluster.scenarios import SCENARIOS
from tests.cluster.scripted_sqs import ScriptedSqs
from tests.cluster.tools import version_of

RECORDINGS = Path(__file__).resolve().parents[1] / "planner" / "recordings"
HOW = (
    "KEDA's operator and metrics adapter, kube-apiserver and kube-controller-manager as "
    "processes; no node, so pods stay pending and status.replicas counts them; an SQS endpoint "
    "that answers GetQueueAttributes from depth.csv. The applied trigger had an awsEndpoint as "
    "well. Seconds are since the request that made the ScaledObject; replicas are the "
    "Deployment's spec.replicas as a watch saw it change. first_sync belongs to the exact grid "
    "of 15 s that lies amid the real syncs, which fall behind it by some 0.03 s each."
)


def record(scenarios: Sequence[Scenario]) -> list[Recording]:
    """Run scenarios on a control plane of their own, which is gone afterwards."""
    sqs = ScriptedSqs()
    try:
        with control_plane() as plane:
            return Recorder(plane, sqs).record(scenarios)
    finally:
        sqs.close()


def write(recording: Recording, parent: Path) -> Path:
    """Write a recording's inputs, outcome and circumstances into a folder of its name."""
    scenario = recording.scenario
    folder = parent / scenario.name
    folder.mkdir(parents=True, exist_ok=True)
    manifest = yaml.safe_dump(scenario.scaled_object(), sort_keys=False)
    (folder / "scaledobject.yaml").write_text(manifest)
    _write_csv(
        folder / "depth.csv",
        ("seconds", "visible", "in_flight", "delayed"),
        [("" if value is None else value for value in depth) for depth in scenario.depths],
    )
    rows = [(f"{seconds:.3f}", count) for seconds, count in recording.replicas]
    _write_csv(folder / "replicas.csv", ("seconds", "replicas"), rows)
    meta = {
        "shows": scenario.shows,
        "first_poll": round(recording.first_poll, 3),
        "first_sync": round(recording.first_sync, 3),
        "initial_replicas": scenario.initial_replicas,
        "until": scenario.until,
        "keda": version_of("keda", "github.com/kedacore/keda/v2"),
        "kubernetes": version_of("kubernetes", "k8s.io/kubernetes"),
        "requests": len(recording.asked_at),
        "how": HOW,
    }
    (folder / "meta.json").write_text(json.dumps(meta, indent=2) + "\n")
    return folder


def _write_csv(path: Path, header: Sequence[str], rows: Sequence[object]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)  # type: ignore[arg-type]


def main() -> int:
    """Record what the command line names."""
    names = {scenario.name: scenario for scenario in SCENARIOS}
    parser = argparse.ArgumentParser(description="Record what a real KEDA and HPA do.")
    parser.add_argument("name", nargs="*", help="default: all scenarios")
    parser.add_argument("--into", type=Path, default=RECORDINGS, metavar="FOLDER")
    arguments = parser.parse_args()
    if unknown := set(arguments.name) - set(names):
        parser.error(f"no scenario {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    chosen = [names[name] for name in arguments.name] or list(SCENARIOS)
    for recording in record(chosen):
        folder = write(recording, arguments.into)
        counts = " ".join(f"{seconds:.0f}:{count}" for seconds, count in recording.replicas)
        sys.stdout.write(f"{folder.name}: {counts}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
