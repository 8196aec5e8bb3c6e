"""What is recorded: every way of KEDA and the HPA that a fleet on a queue meets.

Polls come at multiples of the polling interval after creation, syncs at multiples of 15 s;
depths change at 7 or 17 s past a half minute, so that the poll that first sees a change
does not fall on a sync.
"""

from tests.cluster.hpa_scenarios import DEFAULTS, DOWN, LEGACY, UP
from tests.cluster.keda_scenarios import KEDA
from tests.cluster.random_scenarios import random_scenarios
from tests.cluster.scenario import Scenario

SCENARIOS: tuple[Scenario, ...] = (*LEGACY, *DEFAULTS, *UP, *DOWN, *KEDA, *random_scenarios())
"""All of them; recorded at once, each with a Deployment and a queue of its own."""
