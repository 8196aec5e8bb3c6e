"""`shoal-local preview` says of a program what the engine says, whatever the program does.

`programs/every_option` registers a resource in each way a stack program may: inherited and
overridden options, explicit providers, remote components, secrets, unknowns, invokes.
"""

from pathlib import Path

import pytest
from tests.engine.pulumi_project import PulumiProject, copy_program
from tests.engine.registered import differences, of_the_engine, of_the_laptop

pytestmark = [pytest.mark.engine, pytest.mark.timeout(300)]


def test_the_laptop_previews_every_option_as_the_engine_does(
    tmp_path: Path, aws_endpoint: str
) -> None:
    copy_program("every_option", tmp_path / "project")
    project = PulumiProject(tmp_path / "project", aws_endpoint=aws_endpoint)
    project.select("test")
    engine = of_the_engine(project.preview())
    assert differences(engine, of_the_laptop(project.laptop_preview("test"))) == []
    assert len(engine) == 17
