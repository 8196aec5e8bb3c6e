"""A mistake in a stack's settings, as the engine shows it: one sentence, no traceback.

Pulumi itself adds a line that the program exited; every other error line would be ours.
"""

from pathlib import Path

import pytest
from tests.engine.pulumi_project import PulumiProject, copy_of_the_checkout

pytestmark = [pytest.mark.engine, pytest.mark.timeout(300)]


def test_an_unknown_key_is_one_error_that_names_the_key_and_the_nearest(
    tmp_path: Path, aws_endpoint: str
) -> None:
    copy_of_the_checkout(tmp_path / "project")
    settings = tmp_path / "project" / "Pulumi.dev.yaml"
    settings.write_text(settings.read_text().replace("longestJob:", "longestJbo:"))
    project = PulumiProject(tmp_path / "project", aws_endpoint=aws_endpoint)
    project.select("dev")
    answer = project.attempt("preview")
    _, diagnostics = answer.stdout.split("Diagnostics:")
    errors = [line.strip() for line in diagnostics.splitlines() if line.strip().startswith("error")]
    ours, pulumis = errors
    assert "shoal:agents[0].longestJbo" in ours
    assert "write longestJob, or remove it" in ours
    assert "program exited with non-zero exit code" in pulumis
    assert answer.returncode != 0
    assert "Traceback" not in answer.stdout + answer.stderr
    assert [entry for entry in project.journal if entry.operation == "create"] == []
