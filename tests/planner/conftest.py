"""Property tests here may take the time they need: a busy machine is no counterexample."""

from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, settings
from tests.planner.commands import FLEET

settings.register_profile("shoal", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shoal")


@pytest.fixture
def fleet(tmp_path: Path) -> str:
    """The path of a fleet's file."""
    path = tmp_path / "fleet.yaml"
    path.write_text(yaml.safe_dump(FLEET))
    return str(path)
