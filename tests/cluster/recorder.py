"""Runs scenarios under a real KEDA and HPA, all at once, and notes what they do."""

import statistics
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.cluster.api_server import ApiServer, resource_path
from tests.cluster.control_plane import ControlPlane
from tests.cluster.processes import POLL_S
from tests.cluster.scenario import AUTHENTICATION, Scenario
from tests.cluster.scripted_sqs import Script, ScriptedSqs

NAMESPACE = "fleets"
SYNC_PERIOD_S = 15.0
# Fleets start this far apart, so that their polls and syncs do not queue behind each other.
APART_S = 0.37
SETTLED_S = 120.0
LONGEST_LAG_S = 2.0


@dataclass
class Recording:
    """What one scenario did: seconds after the ScaledObject's creation, and replicas."""

    scenario: Scenario
    created_at: float = 0.0  # by the monotonic clock, as all the times below
    hpa_created_at: float | None = None
    changes: list[tuple[float, int]] = field(default_factory=list)
    asked_at: list[float] = field(default_factory=list)

    @property
    def replicas(self) -> list[tuple[float, int]]:
        """The replicas at 0, then every change until the scenario's end."""
        seen = [(0.0, self.scenario.initial_replicas)]
        for at, count in self.changes:
            seconds = at - self.created_at
            if count != seen[-1][1] and 0 <= seconds < self.scenario.until:
                seen.append((seconds, count))
        return seen

    @property
    def first_poll(self) -> float:
        """When KEDA first asked; as good as 0 where the HPA's creation stopped it asking."""
        asked = [at - self.created_at for at in self.asked_at if at >= self.created_at]
        return asked[0] if asked and asked[0] < SYNC_PERIOD_S / 3 else 0.0

    @property
    def first_sync(self) -> float:
        """The first sync of the exact 15 s grid that lies amid the real syncs."""
        if self.hpa_created_at is None:
            return SYNC_PERIOD_S
        due = self.hpa_created_at - self.created_at + SYNC_PERIOD_S
        return due + middle_lag(due, [seconds for seconds, _ in self.replicas[1:]])


def middle_lag(due: float, changes: Sequence[float]) -> float:
    """Return how far behind an exact grid that starts at ``due`` the syncs are on the whole.

    A sync period is 15 s and the time the sync takes, so real syncs fall behind by some
    hundredths of a second each, and soon come after the polls that they came before. The
    grid that is right in the middle of a recording has both in their usual order. Changes
    up to 2 s after a sync was due are taken for that sync's.
    """
    lags = [(seconds - due) % SYNC_PERIOD_S for seconds in changes if seconds >= due]
    own = [lag for lag in lags if lag < LONGEST_LAG_S]
    return statistics.median(own) if own else 0.0


class Recorder:
    """Records on one control plane with one scripted SQS."""

    def __init__(self, plane: ControlPlane, sqs: ScriptedSqs) -> None:
        self._api: ApiServer = plane.api
        self._sqs = sqs
        self._recordings: dict[str, Recording] = {}

    def record(self, scenarios: Sequence[Scenario]) -> list[Recording]:
        """Run scenarios side by side to the end of the longest; return what they did."""
        self._recordings = {scenario.name: Recording(scenario) for scenario in scenarios}
        self._prepare(scenarios)
        longest_s = max(scenario.until for scenario in scenarios) + len(scenarios) * APART_S
        watches = [
            self._watch("apps/v1", "Deployment", int(longest_s) + 60),
            self._watch("autoscaling/v2", "HorizontalPodAutoscaler", int(longest_s) + 60),
        ]
        for scenario in scenarios:
            self._create(scenario)
            time.sleep(APART_S)
        self._wait_for_the_last()
        assert all(watch.is_alive() for watch in watches), "a watch ended before the recording"
        for recording in self._recordings.values():
            recording.asked_at = self._sqs.scripts[recording.scenario.name].asked_at
        return list(self._recordings.values())

    def _prepare(self, scenarios: Sequence[Scenario]) -> None:
        """Make the Deployments, and wait until each has the replicas it starts with."""
        self._api.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
        self._api.apply(
            {
                "apiVersion": "keda.sh/v1alpha1",
                "kind": "TriggerAuthentication",
                "metadata": {"name": AUTHENTICATION, "namespace": NAMESPACE},
                "spec": {"podIdentity": {"provider": "aws"}},
            }
        )
        for scenario in scenarios:
            self._api.apply(_deployment(scenario))
        end = time.monotonic() + SETTLED_S
        while not all(self._has_initial_replicas(scenario) for scenario in scenarios):
            assert time.monotonic() < end, "the Deployments do not get their first replicas"
            time.sleep(POLL_S)

    def _has_initial_replicas(self, scenario: Scenario) -> bool:
        path = resource_path("apps/v1", "Deployment", NAMESPACE, scenario.name)
        status = self._api.get(path).get("status", {})
        return bool(
            "observedGeneration" in status
            and status.get("replicas", 0) == scenario.initial_replicas
        )

    def _create(self, scenario: Scenario) -> None:
        """Make the ScaledObject; its creation is the scenario's second 0."""
        script = Script(scenario.depths)
        self._sqs.scripts[scenario.name] = script
        manifest = scenario.scaled_object(self._sqs.endpoint)
        manifest["metadata"]["namespace"] = NAMESPACE
        # Before the call: KEDA may ask for the depth before the call's answer is here.
        script.started_at = self._recordings[scenario.name].created_at = time.monotonic()
        self._api.apply(manifest)

    def _watch(self, api_version: str, kind: str, timeout_s: int) -> threading.Thread:
        """Note every change of a kind from now on, at the moment it is heard of."""
        path = resource_path(api_version, kind, NAMESPACE, None)
        version = self._api.get(path)["metadata"]["resourceVersion"]

        def note_all() -> None:
            for event in self._api.watch(path, version, timeout_s):
                self._note(kind, event["object"], time.monotonic())

        thread = threading.Thread(target=note_all, daemon=True, name=f"watch {kind}")
        thread.start()
        return thread

    def _note(self, kind: str, changed: dict[str, Any], now: float) -> None:
        if kind == "Deployment":
            recording = self._recordings[changed["metadata"]["name"]]
            recording.changes.append((now, changed["spec"]["replicas"]))
            return
        recording = self._recordings[changed["spec"]["scaleTargetRef"]["name"]]
        if recording.hpa_created_at is None:
            recording.hpa_created_at = now

    def _wait_for_the_last(self) -> None:
        ends = [r.created_at + r.scenario.until for r in self._recordings.values()]
        while (left_s := max(ends) - time.monotonic()) > 0:
            time.sleep(min(left_s, 1.0))


def _deployment(scenario: Scenario) -> dict[str, Any]:
    labels = {"app": scenario.name}
    container = {"name": "agent", "image": "nothing-runs-it"}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": scenario.name, "namespace": NAMESPACE},
        "spec": {
            "replicas": scenario.initial_replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }
