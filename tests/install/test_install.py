"""What pip installs from the checkout, in environments with nothing else.

The lock's versions are used, so a release of a dependency cannot break this test.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.install

ROOT = Path(__file__).resolve().parents[2]
EVALUATE = """
import importlib.util, sys
from shoal_local.testing import evaluate
from shoal_local.program import load_program
from pathlib import Path
for absent in ("boto3", "moto", "rich", "matplotlib", "PIL"):
    assert importlib.util.find_spec(absent) is None, absent
recorded = evaluate(load_program(Path(sys.argv[1])), config={
    "shoal:kubeconfig": "apiVersion: v1",
    "shoal:oidcProviderArn": "arn:aws:iam::123456789012:oidc-provider/o",
    "shoal:oidcIssuer": "o",
    "shoal:image": "registry.example.com/billing@sha256:0a",
})
print("\\n".join(sorted({kind for kind in recorded.types})))
"""


def _environment(folder: Path, extras: str, *others: str) -> Path:
    """Make a virtual environment, install the checkout with extras, and others; its bin."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    # Built from a copy: setuptools leaves a build folder beside the sources.
    copy = folder / "checkout"
    subprocess.run(["git", "clone", "--quiet", ROOT, copy], check=True)
    install = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python"]
    constraint = ["--constraint", str(ROOT / "constraints.txt")]
    subprocess.run(
        [*install, folder / "bin" / "python", *constraint, f"{copy}{extras}", *others], check=True
    )
    return folder / "bin"


def test_a_program_elsewhere_evaluates_with_the_components_extra_alone(tmp_path: Path) -> None:
    bin_folder = _environment(tmp_path / "env", "[components]")
    done = subprocess.run(
        [bin_folder / "python", "-c", EVALUATE, ROOT / "examples" / "import_component"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    assert {"shoal:index:WorkQueue", "shoal:index:QueueAgent"} <= set(done.stdout.split())


def test_the_bare_distribution_is_an_agent_without_pulumi(tmp_path: Path) -> None:
    bin_folder = _environment(tmp_path / "env", "")
    done = subprocess.run(
        [bin_folder / "shoal-agent", "run", "json:loads"],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 64
    assert "SHOAL_QUEUE_URL is not set" in done.stderr
    absent = "import importlib.util as u; assert u.find_spec('pulumi') is None"
    subprocess.run([bin_folder / "python", "-c", absent], check=True)


def test_a_new_project_s_tests_pass_with_nothing_but_the_agent_and_pytest(tmp_path: Path) -> None:
    bin_folder = _environment(tmp_path / "env", "", "pytest")
    command = str(bin_folder / "shoal-agent")
    subprocess.run([command, "new", "orders"], cwd=tmp_path, check=True, capture_output=True)
    done = subprocess.run(
        [bin_folder / "python", "-m", "pytest", "-q"],
        cwd=tmp_path / "orders",
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout
    assert "5 passed" in done.stdout
