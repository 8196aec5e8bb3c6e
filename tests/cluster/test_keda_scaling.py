"""A real KEDA and HPA, today and on this machine, do what the planner says.

What this does not prove: pods. No node runs them; their number is all that counts here.
"""

from pathlib import Path

import pytest
from tests.cluster.agreement import disagreement, recorded, replayed
from tests.cluster.record import record, write
from tests.cluster.scenario import AT_ONCE, QUICK_UP, Scenario, depths

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(1800)]

SHORT = (
    Scenario(
        "from-zero-and-back",
        "up from zero by KEDA, further by the HPA, and down to zero by cooldown",
        depths((0, 0), (7, 120), (52, 0)),
        until=120,
        spec={"cooldownPeriod": 30},
        behavior={"scaleUp": QUICK_UP, "scaleDown": AT_ONCE},
    ),
    Scenario(
        "legacy-steps",
        "the other path: without behavior",
        depths((0, 0), (7, 200), (67, 0)),
        until=120,
        spec={"cooldownPeriod": 20},
    ),
)


def test_the_real_scaler_agrees_with_the_planner(tmp_path: Path) -> None:
    recordings = record(SHORT)
    folders = [write(recording, tmp_path) for recording in recordings]
    assert all(len(recorded(folder)) > 3 for folder in folders)
    found = {folder.name: disagreement(replayed(folder), recorded(folder)) for folder in folders}
    assert found == dict.fromkeys(found)
