"""The example of a tested handler: its tests pass, and would not if it took a short cut."""

import shutil
import subprocess
import sys
from pathlib import Path

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "tested_handler"


def run_tests(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the example's tests where it was copied to."""
    (folder / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )


def test_the_example_s_tests_pass(tmp_path: Path) -> None:
    folder = shutil.copytree(EXAMPLE, tmp_path / "example")
    done = run_tests(folder)
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout


def test_two_transactions_in_place_of_one_are_found_out_with_the_line(tmp_path: Path) -> None:
    folder = shutil.copytree(EXAMPLE, tmp_path / "example")
    code = (folder / "payments.py").read_text()
    together = "            if made.rowcount == 1:\n                self"
    apart = "        if made.rowcount == 1:\n            with self.database:\n                self"
    assert together in code
    (folder / "payments.py").write_text(code.replace(together, apart))
    done = run_tests(folder)
    assert "1 failed, 1 passed" in done.stdout
    assert "The agent had died before payments.py:" in done.stdout
