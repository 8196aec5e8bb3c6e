"""The components' plugin under the real engine, for programs that do not import them."""

import json
import shutil
import sys
from pathlib import Path

import pytest
from tests.engine.pulumi_project import CHECKOUT, PulumiProject, copy_program
from tests.engine.standins.urns import type_of

pytestmark = [pytest.mark.engine, pytest.mark.timeout(300)]


@pytest.fixture
def project(tmp_path: Path, aws_endpoint: str) -> PulumiProject:
    """Return a project beside a copy of the plugin that has its environment already."""
    copy_program("hosted_components", tmp_path / "project")
    plugin = tmp_path / "components"
    plugin.mkdir()
    for name in ("PulumiPlugin.yaml", "__main__.py", "requirements.txt"):
        shutil.copy(CHECKOUT / "components" / name, plugin)
    (plugin / "venv").symlink_to(sys.prefix)
    project = PulumiProject(tmp_path / "project", aws_endpoint=aws_endpoint)
    project.select("test")
    return project


def test_a_queue_made_by_the_plugin_is_the_queue_that_was_asked_for(
    project: PulumiProject,
) -> None:
    project.preview()
    project.up()
    queues = [each for each in project.state() if type_of(each["urn"]) == "aws:sqs/queue:Queue"]
    (queue,) = [each["inputs"] for each in queues if "redrivePolicy" in each["inputs"]]
    assert queue["visibilityTimeoutSeconds"] == 120
    assert json.loads(queue["redrivePolicy"])["maxReceiveCount"] == 3
    assert queue["kmsMasterKeyId"].startswith("arn:aws:kms:")
    assert len(queues) == 2
    project.destroy()
    assert project.plugins_left() == []


def test_a_mistake_in_the_inputs_is_told_by_property_without_the_plugins_traceback(
    project: PulumiProject,
) -> None:
    program = project.folder / "__main__.py"
    program.write_text(program.read_text().replace('"maxReceiveCount": 3', '"maxReceiveCount": 0'))
    answer = project.attempt("preview")
    assert answer.returncode != 0
    assert "property maxReceiveCount with value '{0}' has a problem" in answer.stdout
    assert "allowed is 1 to 1000" in answer.stdout
    assert "pulumi_shoal/" not in answer.stdout
