import subprocess
import sys
from pathlib import Path

from shoal_local.program import load_program
from shoal_local.testing import evaluate

EXAMPLE = Path(__file__).parents[2] / "examples" / "import_component"
CONFIG = {
    "shoal:kubeconfig": "apiVersion: v1",
    "shoal:oidcProviderArn": "arn:aws:iam::123456789012:oidc-provider/o",
    "shoal:oidcIssuer": "o",
    "shoal:image": "registry.example.com/billing@sha256:0a",
}
# Importing these fails, as it does where shoal[components] alone is installed.
ONLY_COMPONENTS = """
import sys
for absent in ("boto3", "moto", "rich", "matplotlib", "PIL", "shoal_local"):
    sys.modules[absent] = None
import pulumi_shoal
for name in pulumi_shoal.__all__:
    getattr(pulumi_shoal, name)
"""
CHEAP = """
import sys
import pulumi_shoal
print([name for name in sys.modules if name.partition("_")[0] == "pulumi" and "_" in name])
"""


def test_a_program_elsewhere_makes_a_queue_and_a_fleet_on_its_cluster() -> None:
    recorded = evaluate(load_program(EXAMPLE), config=CONFIG)
    components = {kind for kind in recorded.types if kind.startswith("shoal:")}
    assert components == {
        "shoal:index:ExistingCluster",
        "shoal:index:WorkQueue",
        "shoal:index:QueueAgent",
        "shoal:index:IrsaRole",
    }
    assert "queueUrl" in recorded.exports


def _run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_components_need_nothing_of_the_laptop() -> None:
    _run(ONLY_COMPONENTS)


def test_importing_the_package_loads_no_sdk() -> None:
    assert _run(CHEAP).strip() == "['pulumi_shoal']"
